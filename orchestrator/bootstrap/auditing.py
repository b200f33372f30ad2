"""The audit trail of the server, and how its API writes to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from api.auditing import Auditing
from orchestrator.errors import Unavailable
from orchestrator.ports import Clock
from orchestrator.settings import Settings
from orchestrator.store.audit import SqlAuditTrail

log = structlog.get_logger()


@asynccontextmanager
async def auditing(settings: Settings, clock: Clock) -> AsyncIterator[Auditing]:
    """What was begun by a server that ended is in the trail before this one begins anything.

    Raises Permanent and ConfigError for a trail that cannot be used.
    """
    trail = await SqlAuditTrail.open(settings.audit_url, required=False)
    try:
        if trail.has_one_server:
            await _settle(trail, clock)
        yield Auditing(
            trail, is_required=settings.audit_is_required, wall=clock.wall, monotonic=clock.monotonic
        )
    finally:
        await trail.close()


async def _settle(trail: SqlAuditTrail, clock: Clock) -> None:
    try:
        for line in await trail.abandoned(clock.wall() + 1.0):
            log.warning("nobody knows how a request ended", request=line.request_id, actor=line.actor)
    except Unavailable as error:
        log.warning("the audit trail cannot be written", why=str(error))
