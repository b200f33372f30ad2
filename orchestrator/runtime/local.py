"""Starts and signals the processes of shards on this machine. Blocking; one thread only."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from signal import Signals

from orchestrator.errors import Unavailable
from orchestrator.ports import EnsureResult, InstanceSeen, InstanceSpec, Occupied, Phase, Rejected, Started
from orchestrator.runtime import host, lock, mark, record
from orchestrator.runtime.census import Census
from orchestrator.runtime.command import Command, Refused, command_of
from orchestrator.runtime.mark import Mark
from orchestrator.runtime.places import Key
from orchestrator.runtime.record import Record
from orchestrator.runtime.render import SEED_VARIABLE, render
from orchestrator.runtime.spawn import spawn
from orchestrator.runtime.template import InvalidTemplate

_GONE = (None, Phase.ENDED)
_TRIES = 5
_TRY_AGAIN_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalInstances:
    """``variables``: by kind, the variable that holds the shard's number for the seed's workers."""

    census: Census
    variables: Mapping[str, str] = field(default_factory=dict)
    allow_privileged: bool = False

    def start(self, spec: InstanceSpec) -> EnsureResult:
        """Have the process exist; an incarnation is started once and never again.

        Raises OSError, Unavailable.
        """
        try:
            command = self._command(spec)
        except (InvalidTemplate, Refused) as wrong:
            return Rejected(detail=" ".join(str(sentence) for sentence in wrong.args))
        key = spec.kind, spec.shard
        for _ in range(_TRIES):
            descriptor = lock.take(self.census.places.lock(key))
            if descriptor is not None:
                try:
                    return self._start_under(descriptor, spec, command)
                finally:
                    os.close(descriptor)
            seen = self.census.look(key)
            if seen is not None and seen.phase is not Phase.ENDED:
                return _present(seen, spec)
            # A process of ours that is being started has every file open for a moment.
            time.sleep(_TRY_AGAIN_S)
        raise Unavailable(f"the lock of {spec.kind} {spec.shard} is taken again and again")

    def signal(self, key: Key, incarnation: int, number: Signals) -> InstanceSeen | None:
        """Signal all processes of exactly this incarnation.

        Returns what still runs of it afterwards, None when nothing does.
        Raises OSError, Unavailable when what runs cannot be shown to be ours.
        """
        seen = self.running(key, incarnation)
        if seen is None:
            return None
        path = self.census.places.record(key)
        known = record.read(path)
        if known is None or known.pid is None:
            raise Unavailable(f"{key[0]} {key[1]} is not stopped: {seen.detail}")
        if known.incarnation != incarnation:
            # Another server of this machine has replaced it since.
            return None
        leader, created = known.pid, known.created
        if not known.stopping:
            known = replace(known, stopping=True)
            record.write(path, known)
        text = str(self.census.mark_of(known))
        sent = host.send(
            leader, created, number, ours=lambda: _carries(leader, text), group=_leads_group(leader)
        )
        for pid in [] if sent else self.census.others(known):
            if (process := host.look_up(pid)) is not None:
                sent |= host.send(pid, process.created, number, ours=lambda: True)
        left = self.running(key, incarnation)
        if left is not None and not sent:
            raise Unavailable(
                f"{key[0]} {key[1]} is not stopped, for its process is not provably ours: {left}"
            )
        return left

    def running(self, key: Key, incarnation: int) -> InstanceSeen | None:
        """What runs of this incarnation; None when nothing does. Raises OSError."""
        seen = self.census.look(key)
        return None if seen is None or seen.phase in _GONE or seen.incarnation != incarnation else seen

    def _command(self, spec: InstanceSpec) -> Command:
        cluster = self.census.cluster
        own = {mark.VARIABLE: str(Mark(cluster, spec.kind, spec.shard, spec.incarnation))}
        manifest = render(
            spec.template,
            replace(spec, environment={**spec.environment, **own}),
            cluster=cluster,
            variable=self.variables.get(spec.kind, SEED_VARIABLE),
            allow_privileged=self.allow_privileged,
        )
        return command_of(manifest, own=os.environ, programs=str(Path(sys.executable).parent))

    def _start_under(self, descriptor: int, spec: InstanceSpec, command: Command) -> EnsureResult:
        key = spec.kind, spec.shard
        places = self.census.places
        path = places.record(key)
        before = record.read(path)
        if before is not None and before.ended is None:
            # The lock is ours, so this asks the processes: one may have closed what it inherited.
            seen = self.census.look(key, free=True)
            if seen is not None and seen.phase is not Phase.ENDED:
                return _present(seen, spec)
            before = record.read(path)
        if before is not None and before.incarnation == spec.incarnation:
            return Started()
        fresh = Record(
            kind=spec.kind,
            shard=spec.shard,
            incarnation=spec.incarnation,
            revision=spec.revision,
            since=self.census.wall(),
        )
        record.write(path, fresh)
        try:
            title = f"incarnation {spec.incarnation}"
            log, work = places.log(key), places.work(key)
            pid = spawn(command, lock=descriptor, log=log, directory=work, title=title)
        except Refused as wrong:
            path.unlink(missing_ok=True)
            return Rejected(detail=str(wrong))
        process = host.look_up(pid)
        if process is not None:
            record.write(path, replace(fresh, pid=pid, created=process.created))
        return Started()


def _present(seen: InstanceSeen, spec: InstanceSpec) -> EnsureResult:
    if seen.incarnation == spec.incarnation:
        return Started()
    if seen.incarnation == 0:
        raise Unavailable(f"{spec.kind} {spec.shard} is not started: {seen.detail}")
    return Occupied(incarnation=seen.incarnation, detail=seen.detail or f"its process is {seen.uid}")


def _carries(pid: int, text: str) -> bool:
    return host.variable_of(pid, mark.VARIABLE) == text


def _leads_group(pid: int) -> bool:
    try:
        return os.getpgid(pid) == pid
    except ProcessLookupError:
        return False
