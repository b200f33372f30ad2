"""Finds out what runs: from records, locks and the processes themselves. Blocking; one thread only."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from signal import Signals

from orchestrator.ports import InstanceSeen, Phase
from orchestrator.runtime import host, lock, mark, record
from orchestrator.runtime.mark import Mark
from orchestrator.runtime.places import Key, Places
from orchestrator.runtime.record import Record
from orchestrator.runtime.spawn import TITLE
from orchestrator.runtime.tail import tail

_TRIES, _TRY_AGAIN_S = 20, 0.005

ENDED_KEPT_S = 600.0
"""How long an end is reported after it was seen."""


@dataclass(frozen=True, slots=True)
class Census:
    """``cluster``: the name in the marks of our processes. ``wall``: seconds since the epoch."""

    places: Places
    cluster: str
    wall: Callable[[], float]

    def adopt(self) -> None:
        """Write records of those that run without one: it was lost, or we died while we started them."""
        for found in self._marked():
            known = record.read(self.places.record(found.key))
            if known is None or known.incarnation < found.incarnation:
                self._identify(self._unwritten(found))
            elif known.pid is None:
                self._identify(known)

    def look(self, key: Key, *, free: bool = False) -> InstanceSeen | None:
        """What runs of a shard, or how it ended; None when nothing does and no end is on record.

        ``free``: the caller itself holds the lock, so nobody else does. Raises OSError.
        """
        known = record.read(self.places.record(key))
        if known is None or known.pid is None:
            if known is None and not self._is_held(key, free):
                return None
            known = self._found(key, known)
            if known is None:
                return self._nameless(key, free)
        if known.ended is not None and not self._is_held(key, free):
            return self._past(known)
        return self._present(known, free)

    def mark_of(self, known: Record) -> Mark:
        return Mark(self.cluster, known.kind, known.shard, known.incarnation)

    def others(self, known: Record, *, free: bool = False) -> list[int]:
        """Who goes on after the first process of this instance has ended, so far as it is provably ours."""
        pid = _pid(known)
        text = str(self.mark_of(known))
        members = host.session(pid)
        ours = {member for member in members if host.variable_of(member, mark.VARIABLE) == text}
        if self._is_held(known.key, free):
            # Who holds our lock in the session that we began is ours, even with an empty environment.
            ours.update(set(members).intersection(host.openers(self.places.lock(known.key))))
            ours.update(found for found, _ in host.with_variable(mark.VARIABLE, text.__eq__))
        return sorted(one for one in ours if one != pid)

    def _is_held(self, key: Key, free: bool) -> bool:
        return not free and lock.is_held(self.places.lock(key))

    def _marked(self) -> Iterator[Mark]:
        for _, text in host.with_variable(mark.VARIABLE, lambda _: True):
            found = mark.parse(text)
            if found is not None and found.cluster == self.cluster:
                yield found

    def _unwritten(self, found: Mark) -> Record:
        return Record(
            kind=found.kind,
            shard=found.shard,
            incarnation=found.incarnation,
            revision=0,
            since=self.wall(),
        )

    def _found(self, key: Key, known: Record | None) -> Record | None:
        """The record completed with the process that is found by its mark; None when there is none."""
        if known is None:
            marks = [found for found in self._marked() if found.key == key]
            if not marks:
                return None
            known = self._unwritten(max(marks, key=lambda found: found.incarnation))
        return self._identify(known)

    def _identify(self, known: Record) -> Record | None:
        text = str(self.mark_of(known))
        pids = [pid for pid, _ in host.with_variable(mark.VARIABLE, text.__eq__)]
        # The first process leads its session; without it any of the others stands for the instance.
        for pid in sorted(pids, key=lambda pid: (not _leads(pid), pid)):
            process = host.look_up(pid)
            if process is not None and not process.is_zombie:
                complete = replace(known, pid=pid, created=process.created)
                record.write(self.places.record(known.key), complete)
                return complete
        return None

    def _nameless(self, key: Key, free: bool) -> InstanceSeen | None:
        path = self.places.record(key)
        known = record.read(path)
        if not self._is_held(key, free):
            path.unlink(missing_ok=True)
            return None
        holders = host.openers(self.places.lock(key)) or "a process that cannot be seen"
        return InstanceSeen(
            kind=key[0],
            shard=key[1],
            incarnation=0 if known is None else known.incarnation,
            phase=Phase.UNKNOWN,
            since=self.wall() if known is None else known.since,
            detail=f"the lock of the shard is held by {holders}, which is not known to be ours",
        )

    def _present(self, known: Record, free: bool) -> InstanceSeen | None:
        pid = _pid(known)
        if host.runs(pid, known.created):
            return _seen(known, Phase.STOPPING if known.stopping else Phase.RUNNING)
        code = host.reap(pid, known.created)
        said = known.detail or _ending(code)
        others = self.others(known, free=free)
        # Asked again, for the lock is let go of a moment before the process counts as ended.
        if others or self._is_held(known.key, free):
            if said != known.detail:
                known = replace(known, detail=said)
                record.write(self.places.record(known.key), known)
            who = f"processes {others} of it go on" if others else "its lock is still held"
            return _seen(known, Phase.STOPPING if known.stopping else Phase.UNKNOWN, detail=f"{said}; {who}")
        last = _last_words(tail(self.places.log(known.key), 1))
        ended = replace(known, ended=self.wall(), detail=f"{said}; its last words: {last}" if last else said)
        return self._note_end(known, ended, free)

    def _note_end(self, known: Record, ended: Record, free: bool) -> InstanceSeen | None:
        """Write it under the lock of the shard: another server may have begun the next instance meanwhile."""
        path = self.places.record(known.key)
        for _ in range(_TRIES):
            held = None if free else lock.take(self.places.lock(known.key))
            if held is None and not free:
                # It may only be another server that writes the same.
                time.sleep(_TRY_AGAIN_S)
                continue
            try:
                current = record.read(path)
                if current is not None and current.incarnation != known.incarnation:
                    break
                record.write(path, ended)
                return _seen(ended, Phase.ENDED)
            finally:
                if held is not None:
                    os.close(held)
        return self.look(known.key, free=free)

    def _past(self, known: Record) -> InstanceSeen | None:
        if known.ended is not None and self.wall() - known.ended > ENDED_KEPT_S:
            self.places.record(known.key).unlink(missing_ok=True)
            return None
        return _seen(known, Phase.ENDED)


def _seen(known: Record, phase: Phase, *, detail: str | None = None) -> InstanceSeen:
    return InstanceSeen(
        kind=known.kind,
        shard=known.shard,
        incarnation=known.incarnation,
        phase=phase,
        uid=f"{known.pid}:{known.created}",
        since=known.since if known.ended is None else known.ended,
        detail=known.detail if detail is None else detail,
    )


def _ending(code: int | None) -> str:
    if code is None:
        return "ended; its exit code went to another process"
    if code >= 0:
        return f"exit code {code}"
    return f"ended by {Signals(-code).name}" if -code in set(Signals) else f"ended by signal {-code}"


def _leads(pid: int) -> bool:
    try:
        return os.getsid(pid) == pid
    except ProcessLookupError:
        return False


def _pid(known: Record) -> int:
    if known.pid is None:
        raise ValueError(f"the record of {known.key} names no process")
    return known.pid


def _last_words(lines: list[str]) -> str:
    """The last line that the process wrote, shortened; nothing when it wrote none."""
    line = lines[-1].strip() if lines else ""
    return "" if line.startswith(TITLE) else line[:300]
