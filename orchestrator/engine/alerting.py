"""Has people told what is wrong, as long as this server leads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping

import structlog

from orchestrator.core.alerting.alarm import Alarm
from orchestrator.core.alerting.book import AlertPolicy, Entry, Notice, due, forget_targets, look, told
from orchestrator.core.alerting.papers import decode_book, encode_book
from orchestrator.engine.answers import Overview
from orchestrator.errors import Permanent, ShardwrightError, Unavailable
from orchestrator.ports import Clock
from orchestrator.ports.alerts import AlertBook, Message, Messenger, Target

log = structlog.get_logger()

MOST_AT_ONCE = 200
"""Notices in one message."""

SETTLES_S = 30.0
"""A new leader does not say what is over before it had time to see what is not."""


class Alerting:
    """``overview``: what is so now. ``interval``: seconds between two looks. ``page``: where people look."""

    def __init__(
        self,
        overview: Callable[[], Overview],
        messenger: Messenger,
        book: AlertBook,
        clock: Clock,
        policy: AlertPolicy,
        *,
        interval: float,
        page: Callable[[], str],
        name: Callable[[str], str],
    ) -> None:
        self._overview = overview
        self._messenger = messenger
        self._papers = book
        self._clock = clock
        self._policy = policy
        self._interval = interval
        self._page = page
        self._name = name
        self._book: dict[str, Entry] | None = None
        self._saved: dict[str, Mapping[str, float]] | None = None

    async def run(self) -> None:
        """Look for ever; tells nobody anything while another leads."""
        if not self._messenger.targets:
            return
        while True:
            await self._clock.sleep(self._interval)
            try:
                await self.round()
            except ShardwrightError as error:
                log.warning("alarms are not told", why=str(error))
            except Exception:
                # A bug here must not end it: nobody would be told of anything any more.
                log.exception("alarms are not told")

    async def round(self) -> None:
        """One look, and what follows from it."""
        overview = self._overview()
        if not overview.leader:
            self._book = self._saved = None
            return
        now = self._clock.wall()
        if self._book is None:
            self._book = await self._taken_over(now)
        self._book = look(self._book, alarms_of(overview), now, self._policy)
        await asyncio.gather(*(self._tell(target, now) for target in self._messenger.targets))
        await self._save()

    async def _taken_over(self, now: float) -> dict[str, Entry]:
        """The book of the leader before, in which all that stood was seen a moment ago."""
        try:
            found = decode_book(await self._papers.load())
        except (Unavailable, Permanent, ValueError) as error:
            log.warning("what was told of alarms is not known", why=str(error))
            found = {}
        known = forget_targets(found, [target.name for target in self._messenger.targets])
        seen = now - max(0.0, self._policy.quiet - SETTLES_S)
        return {
            name: Entry(alarm=entry.alarm, since=entry.since, seen=max(entry.seen, seen), told=entry.told)
            for name, entry in known.items()
        }

    async def _tell(self, target: Target, now: float) -> None:
        assert self._book is not None
        notices = due(self._book, target.name, now, self._policy, only_person=target.only_person)
        if not notices:
            return
        at_once = notices[:MOST_AT_ONCE]
        try:
            await self._messenger.send(target.name, self._message(at_once, now))
        except (Unavailable, Permanent) as error:
            # They stay due: the next round tells them, with what there is by then.
            log.error("alarms are not told", target=target.name, count=len(at_once), why=str(error))
            return
        if self._book is not None:
            self._book = told(self._book, target.name, at_once, now)
        log.info("alarms told", target=target.name, count=len(at_once))

    def _message(self, notices: list[Notice], now: float) -> Message:
        return Message(id=self._name("alert"), at=now, page=self._page(), notices=tuple(notices))

    async def _save(self) -> None:
        book = {} if self._book is None else self._book
        told_of = {name: entry.told for name, entry in book.items() if entry.told}
        if told_of == self._saved:
            return
        try:
            await self._papers.save(encode_book(book))
        except (Unavailable, Permanent) as error:
            log.warning("what was told of alarms is not kept", why=str(error))
            return
        self._saved = told_of


def alarms_of(overview: Overview) -> Iterator[Alarm]:
    """All that is wrong now."""
    for one in overview.dependencies:
        if one.ok is False:
            sentence = f"{one.name} is away: {one.detail or 'no reason is known'}; {one.effect}"
            yield Alarm(kind="", code="dependency", subject=one.name, sentence=sentence, needs_person=True)
    for kind in overview.kinds:
        yield from kind.issues
