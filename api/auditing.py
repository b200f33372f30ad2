"""Every mutation and every refusal has its line in the audit trail before its answer is sent."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable

import structlog
from aiohttp import hdrs, web

from api.audit_line import line_of
from api.hop import PASSED_BY
from api.problem import Problem
from api.remote import place_of, remote_of
from api.route import Handler, Route
from orchestrator.core.access import Role
from orchestrator.core.audit_trail import AuditLine, canonical, document
from orchestrator.core.repeats import Repeats
from orchestrator.errors import Permanent, Unavailable
from orchestrator.ports.audit import AuditTrail

logger = logging.getLogger(__name__)
log = structlog.get_logger()
REFUSALS = frozenset({401, 403, 429})
ROUND_S = 5.0
HEAD_TOLD_S = 3600.0
"""How often the log is told the head: whoever cuts the end of the trail off has to change the log as well."""

ABANDONED_S = 600.0
"""Longer than that no server works on one request."""

MOST_WAITING = 1000
_AT = web.RequestKey("audited_at", float)
_MARK = web.RequestKey("audit_mark", str)


class Auditing:
    """Of one application. ``trail`` None: nothing is audited.

    ``is_required``: where the trail cannot be written, nothing is changed (503); else it is changed, and the
    line is logged and written later. ``wall``, ``monotonic``: seconds.
    """

    def __init__(
        self,
        trail: AuditTrail | None,
        *,
        is_required: bool,
        wall: Callable[[], float],
        monotonic: Callable[[], float],
    ) -> None:
        self.trail = trail
        self._is_required = is_required
        self._wall = wall
        self._monotonic = monotonic
        self._repeats = Repeats()
        self._waiting: deque[tuple[str, AuditLine]] = deque()
        self._catching_up = asyncio.Lock()
        self._rounds: asyncio.Task[None] | None = None
        self._head_told: float | None = None

    @classmethod
    def off(cls) -> Auditing:
        """Without a trail."""
        return cls(None, is_required=False, wall=lambda: 0.0, monotonic=lambda: 0.0)

    def watch(self, route: Route, handler: Handler) -> Handler:
        """The handler of a route, which notes before it changes anything that it is about to."""
        if self.trail is None or not route.is_write:
            return handler
        trail = self.trail
        # Whoever signs in changes nothing yet, and who fails to shall not cost us a write each time.
        is_begun = route.needs is not Role.NOBODY

        async def watched(request: web.Request) -> web.StreamResponse:
            request[_AT], request[_MARK] = self._wall(), ""
            if not is_begun:
                return await handler(request)
            try:
                request[_MARK] = await trail.begin(line_of(request, None, request[_AT]))
            except (Unavailable, Permanent) as error:
                if self._is_required:
                    why = f"nothing was changed, since the audit trail cannot be written: {error}"
                    raise Problem(503, why, headers={hdrs.RETRY_AFTER: "1"}) from error
                logger.warning("something is changed though the audit trail cannot be written: %s", error)
            return await handler(request)

        return watched

    async def note(self, request: web.Request, answer: web.StreamResponse) -> None:
        """Write the line of a request that is answered with this, where it is to have one."""
        mark = request.get(_MARK)
        if self.trail is None or (mark is None and answer.status not in REFUSALS):
            return
        if PASSED_BY in answer.headers:
            # The leader has written it.
            return
        line = line_of(request, answer, request.get(_AT, self._wall()))
        is_stranger = not line.actor
        told: AuditLine | None = line
        if not mark and (is_stranger or answer.status in REFUSALS):
            # None: there are so many of its like that it is only counted.
            told = self._repeats.take(line, self._monotonic(), place_of(remote_of(request)))
        if told is not None:
            await self._write(mark or "", told)

    async def start(self, app: web.Application) -> None:
        if self.trail is not None:
            self._rounds = asyncio.create_task(self._go_round())

    async def close(self, app: web.Application) -> None:
        """What was counted or could not be written yet is written, where that is possible now."""
        if self._rounds is None:
            return
        self._rounds.cancel()
        await asyncio.gather(self._rounds, return_exceptions=True)
        for line in self._repeats.due(self._monotonic(), everything=True):
            self._wait("", line)
        await self._catch_up()
        for _, line in self._waiting:
            logger.error("a line of the audit trail could not be written: %s", canonical(document(line)))

    async def _write(self, mark: str, line: AuditLine) -> None:
        try:
            await self._put(mark, line)
        except (Unavailable, Permanent) as error:
            logger.error(
                "the audit trail cannot be written, the line waits: %s: %s", error, canonical(document(line))
            )
            self._wait(mark, line)

    def _wait(self, mark: str, line: AuditLine) -> None:
        if len(self._waiting) >= MOST_WAITING:
            _, lost = self._waiting.popleft()
            logger.error("a line of the audit trail could not be written: %s", canonical(document(lost)))
        self._waiting.append((mark, line))

    async def _catch_up(self) -> None:
        async with self._catching_up:
            while self._waiting:
                mark, line = self._waiting.popleft()
                try:
                    await self._put(mark, line)
                except (Unavailable, Permanent) as error:
                    logger.debug("the audit trail still cannot be written: %s", error)
                    self._waiting.appendleft((mark, line))
                    return

    async def _put(self, mark: str, line: AuditLine) -> None:
        assert self.trail is not None
        if mark:
            await self.trail.finish(mark, line)
        else:
            await self.trail.append([line])

    async def _go_round(self) -> None:
        while True:
            await self._tell_head()
            await asyncio.sleep(ROUND_S)
            for line in self._repeats.due(self._monotonic()):
                await self._write("", line)
            await self._catch_up()
            await self._sweep()

    async def _sweep(self) -> None:
        assert self.trail is not None
        try:
            for line in await self.trail.abandoned(self._wall() - ABANDONED_S):
                logger.warning("nobody knows how the request %s of %s ended", line.request_id, line.actor)
        except (Unavailable, Permanent) as error:
            logger.debug("what was begun cannot be looked for in the audit trail: %s", error)

    async def _tell_head(self) -> None:
        assert self.trail is not None
        now = self._monotonic()
        if self._head_told is not None and now - self._head_told < HEAD_TOLD_S:
            return
        try:
            head = await self.trail.head()
        except (Unavailable, Permanent) as error:
            logger.warning("the audit trail cannot be read: %s", error)
            self._head_told = now
            return
        log.info("end of the audit trail", line=head.sequence, hash=head.hash)
        self._head_told = now


AUDITING: web.AppKey[Auditing] = web.AppKey("auditing", Auditing)
