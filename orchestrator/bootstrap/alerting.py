"""Who is told of alarms, made from the configuration."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from orchestrator.alerting.webhook import Webhook, Webhooks
from orchestrator.bootstrap.parts import unique_name
from orchestrator.clock import SystemClock
from orchestrator.core.alerting.book import AlertPolicy
from orchestrator.engine.alerting import Alerting
from orchestrator.engine.engine import Engine
from orchestrator.errors import ConfigError, Permanent, Unavailable
from orchestrator.ports import Clock
from orchestrator.ports.alerts import Message
from orchestrator.settings import Settings
from orchestrator.store.alert_book import SqlAlertBook


def webhooks(settings: Settings, clock: Clock) -> Webhooks:
    """Raises ConfigError where a file of a target cannot be read."""
    return Webhooks(
        [
            Webhook(
                name=target.name,
                shape=target.shape,
                url=target.given_url(),
                secret=target.given_secret(),
                only_person=target.only_person,
            )
            for target in settings.alerts.targets
        ],
        clock.wall,
    )


@asynccontextmanager
async def alerting(settings: Settings, engine: Engine, clock: Clock, page: str) -> AsyncIterator[None]:
    """Tells alarms as long as this lasts, while this server leads."""
    chosen = settings.alerts
    messenger = webhooks(settings, clock)
    if not messenger.targets:
        yield
        return
    book = SqlAlertBook(settings.audit_url)
    policy = AlertPolicy(after=chosen.after, quiet=chosen.quiet, repeat=chosen.repeat)
    async with messenger:
        work = Alerting(
            engine.overview,
            messenger,
            book,
            clock,
            policy,
            interval=chosen.interval,
            page=lambda: page,
            name=unique_name,
        )
        telling = asyncio.get_running_loop().create_task(work.run())
        try:
            yield
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
            await book.close()


async def send_test(settings: Settings, names: Sequence[str]) -> dict[str, str]:
    """Why each target did not take a test message, "" where it did; no names: all of them.

    Raises ConfigError for a target that is not configured.
    """
    clock = SystemClock()
    async with webhooks(settings, clock) as messenger:
        known = [target.name for target in messenger.targets]
        if strange := [name for name in names if name not in known]:
            raise ConfigError(f"alerts.targets has no {strange[0]!r}; it has: {', '.join(known) or 'none'}")
        page = settings.api_url or ""
        message = Message(
            id=f"test-{int(clock.wall())}", at=clock.wall(), page=page, notices=(), is_test=True
        )

        async def tried(name: str) -> str:
            try:
                await messenger.send(name, message)
            except (Unavailable, Permanent) as error:
                return str(error)
            return ""

        chosen = list(names) or known
        return dict(zip(chosen, await asyncio.gather(*map(tried, chosen)), strict=True))
