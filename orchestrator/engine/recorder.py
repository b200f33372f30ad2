"""Writes the journal and feeds the live stream, behind the engine and never in its way."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Mapping
from contextlib import suppress
from itertools import islice
from typing import Any

from orchestrator.core.decisions import Transaction
from orchestrator.engine.feed import Feed
from orchestrator.errors import Unavailable
from orchestrator.ports import Clock, Journal, JournalLine

WAITING = 20_000
"""Lines that wait for the journal at once; beyond it the oldest are dropped and counted."""

WAITING_IDS = 1_000_000
"""Ids in the payloads that wait; beyond it payloads are left out, and a replay knows that they miss."""

AT_ONCE = 500

IDS_AT_ONCE = 50_000

RETRY_S = 1.0

LAST_WORDS_S = 2.0

_COUNTED = {
    "plan": "plans.proposed",
    "apply-plan": "plans.applied",
    "finish-plan": "plans.finished",
    "end-plan": "plans.ended",
    "remove-plan": "plans.removed",
    "start": "runs.started",
    "stop": "runs.stopped",
    "fence": "runs.fenced",
}
"""Decisions that are counted by their reason, too: what became of plans, and the runs of instances."""

GATHER_S = 0.1
"""How long lines gather between two writes: one write a pass would cost more than the pass itself."""

LARGE_WAITS_S = 2.0
"""How long payloads of more than ``IDS_AT_ONCE`` ids wait: packing takes a core from what they set off."""


class Recorder:
    """``counters``: those of the process, which go on from one term of office to the next.

    ``lines``, ``ids``: how many were noted since this term began, ids in payloads.
    """

    def __init__(self, journal: Journal, feed: Feed, clock: Clock, counters: Counter[str]) -> None:
        self._journal = journal
        self._feed = feed
        self._clock = clock
        self._lines: deque[JournalLine] = deque(maxlen=WAITING)
        self._news = asyncio.Event()
        self._writing: asyncio.Task[bool] | None = None
        self._sizes: deque[int] = deque()
        self._waiting_ids = 0
        self._dropped = 0
        self.lines = 0
        self.ids = 0
        self.counters = counters
        self.trouble = ""
        """Why the journal takes nothing, a sentence; empty when it does."""

    @property
    def waiting(self) -> int:
        """Lines that the journal has yet to take."""
        return len(self._lines)

    @property
    def journal(self) -> Journal:
        """For reading back; what waits to be written is not in it yet."""
        return self._journal

    def input(
        self,
        kind: str,
        verb: str,
        count: int,
        ids: tuple[str, ...] = (),
        *,
        at: float | None = None,
        size: int = 0,
        **more: Any,
    ) -> None:
        """Note an input with the time at which it was taken, before it is planned.

        ``size``: ids in its payload. A payload for which there is no room is left out, and counted.
        """
        taken = self._clock.wall() if at is None else at
        if self._waiting_ids and self._waiting_ids + size > WAITING_IDS:
            self.counters["journal.payloads_dropped"] += 1
            more["payload"], size = (), 0
        line = JournalLine(
            at=taken, kind=kind, verb=f"input-{verb}", reason="input", count=count, ids=ids[:128], **more
        )
        self._put(line, size)

    def note(self, kind: str, verb: str, reason: str, **more: Any) -> None:
        self._put(JournalLine(at=self._clock.wall(), kind=kind, verb=verb, reason=reason, **more))

    def committed(self, transaction: Transaction, actor: str = "") -> None:
        """Note every decision of a committed transaction."""
        at = self._clock.wall()
        for decision in transaction.decisions:
            self.counters[f"decisions.{decision.verb}"] += decision.count or 1
            if decision.verb in _COUNTED:
                self.counters[f"{_COUNTED[decision.verb]}.{decision.reason.value}"] += 1
            self._put(
                JournalLine(
                    at=at,
                    kind=transaction.kind,
                    verb=decision.verb,
                    reason=decision.reason.value,
                    shard=decision.shard,
                    to=decision.to,
                    count=decision.count,
                    ids=decision.ids,
                    detail=decision.detail,
                    op=transaction.op,
                    actor=actor,
                )
            )
        self.counters["transactions"] += 1

    def _put(self, line: JournalLine, size: int = 0) -> None:
        if len(self._lines) == WAITING:
            self.counters["journal.dropped"] += 1
            self._dropped += 1
            self._waiting_ids -= self._sizes.popleft()
        self._lines.append(line)
        self._sizes.append(size)
        self._waiting_ids += size
        self.lines += 1
        self.ids += size
        self._news.set()

    async def run(self) -> None:
        """Write what was noted, in order, for ever."""
        while True:
            await self._news.wait()
            self._news.clear()
            if self._waiting_ids > IDS_AT_ONCE:
                await self._clock.sleep(LARGE_WAITS_S)
            while self._lines:
                await self._write(AT_ONCE)
            await self._clock.sleep(GATHER_S)

    async def flush(self) -> None:
        """Write what is left, once; at the end of a term. A journal that hangs holds up no campaign.

        Requires: ``run`` has ended. What it was writing then is waited for, and is not written again.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_S):
                if self._writing is not None:
                    await asyncio.wait({self._writing})
                while self._lines and await self._append(len(self._lines)):
                    continue
        self._lines.clear()
        self._sizes.clear()
        self._waiting_ids = 0
        if self._writing is not None:
            self._writing.cancel()

    async def _write(self, most: int) -> None:
        """Write the oldest lines. Cut off, what is under way comes to its end all the same (``flush``)."""
        self._writing = asyncio.create_task(self._append(most))
        if not await asyncio.shield(self._writing):
            await self._clock.sleep(RETRY_S)

    def _batch(self, most: int) -> int:
        """How many of the oldest lines go into one write: at least one, few where payloads are large."""
        ids = 0
        for count, size in enumerate(islice(self._sizes, most)):
            ids += size
            if count and ids > IDS_AT_ONCE:
                return count
        return most

    async def _append(self, most: int) -> bool:
        """Whether the journal has taken the oldest lines; they wait until then."""
        lines = list(islice(self._lines, self._batch(most)))
        dropped = self._dropped
        try:
            written = await self._journal.append(lines)
        except Unavailable as error:
            self.trouble = str(error)
            self.counters["journal.unavailable"] += 1
            return False
        self.trouble = ""
        for _ in range(len(lines) - (self._dropped - dropped)):
            self._lines.popleft()
            self._waiting_ids -= self._sizes.popleft()
        for line in written:
            self._feed.publish("journal", line_data(line), line.kind)
        return True


def line_data(line: JournalLine) -> dict[str, Any]:
    """A journal line as plain JSON, as the API and the stream show it."""
    data: Mapping[str, Any] = {
        "sequence": line.sequence,
        "at": line.at,
        "kind": line.kind,
        "verb": line.verb,
        "reason": line.reason,
        "shard": line.shard,
        "to": line.to,
        "count": line.count,
        "ids": list(line.ids),
        "detail": line.detail,
        "op": line.op,
        "actor": line.actor,
    }
    return dict(data)
