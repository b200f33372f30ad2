"""What goes on while nobody calls: proof that the session lives, and a new client where it cannot."""

from __future__ import annotations

import asyncio

import structlog
from kazoo.exceptions import KazooException

from orchestrator.errors import ShardwrightError
from orchestrator.store.zookeeper_candidacy import Candidacy
from orchestrator.store.zookeeper_link import Link

BEATS = 12
"""In one session timeout. A server tells the leader of a session's signs of life up to half a tick
late, and a session may be as short as two ticks: then a third of the timeout is left to spend."""

log = structlog.get_logger()


async def keep(link: Link, candidacy: Candidacy, path: str, session_timeout_s: float) -> None:
    """Runs until cancelled. ``path``: any of ours, to ask the servers' leader about."""
    while True:
        session = link.session
        link.tend()
        link.rebuild_if_lost()
        if session is not None:
            try:
                # A server cut off from the leader still answers reads; sync goes to the leader,
                # which answers only for a session that it knows to live.
                await asyncio.gather(
                    link.call(path, lambda client: client.sync_async(path), proves=True), candidacy.check()
                )
            except (ShardwrightError, KazooException) as exc:
                log.info("no sign of life from ZooKeeper", error=str(exc))
        await asyncio.sleep((session.timeout_s if session else session_timeout_s) / BEATS)
