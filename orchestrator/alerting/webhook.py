"""Alarms to people by webhooks: only to what the configuration names, tried again a few times."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType

import aiohttp
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential,
    wait_random,
)

from orchestrator.alerting.shapes import SHAPES, judged
from orchestrator.errors import Permanent, Unavailable
from orchestrator.ports.alerts import Message, Target

ATTEMPTS = 4
FIRST_WAIT_S = 1.0
MOST_WAIT_S = 15.0
ANSWER_WITHIN_S = 10.0
MOST_ANSWER_BYTES = 64 * 1024
_PASSING = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """``url`` may hold a key, and is told to nobody. ``shape``: one of ``SHAPES``."""

    name: str
    shape: str
    url: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)
    only_person: bool = False


class Webhooks:
    """``Messenger``; an async context. ``wall``: seconds of the epoch; ``first_wait``: ``FIRST_WAIT_S``."""

    def __init__(
        self, hooks: Sequence[Webhook], wall: Callable[[], float], *, first_wait: float = FIRST_WAIT_S
    ) -> None:
        self._hooks = {hook.name: hook for hook in hooks}
        self._wall = wall
        self._first_wait = first_wait
        self._session: aiohttp.ClientSession | None = None

    @property
    def targets(self) -> Sequence[Target]:
        return [Target(name=one.name, only_person=one.only_person) for one in self._hooks.values()]

    async def __aenter__(self) -> Webhooks:
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=ANSWER_WITHIN_S), cookie_jar=aiohttp.DummyCookieJar()
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def send(self, target: str, message: Message) -> None:
        hook = self._hooks[target]
        async for attempt in AsyncRetrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_exponential(self._first_wait, max=MOST_WAIT_S) + wait_random(0, self._first_wait),
            retry=retry_if_exception_type(Unavailable),
            reraise=True,
            sleep=asyncio.sleep,
        ):
            with attempt:
                await self._post(hook, message)

    async def _post(self, hook: Webhook, message: Message) -> None:
        assert self._session is not None
        # Signed anew each time: receivers refuse a signature that is old.
        posted = SHAPES[hook.shape](hook.url, hook.secret, message, self._wall())
        headers = {"Content-Type": "application/json; charset=utf-8", **posted.headers}
        try:
            async with self._session.post(
                posted.url, data=posted.body, headers=headers, allow_redirects=False
            ) as answer:
                said = await answer.content.read(MOST_ANSWER_BYTES)
                status = answer.status
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            # The text of the error may hold the address, and that the key.
            raise Unavailable(f"{hook.name} does not answer: {type(error).__name__}") from error
        if status >= 500 or status in _PASSING:
            raise Unavailable(f"{hook.name} answers {status}")
        if status >= 300:
            raise Permanent(f"{hook.name} refuses with {status}")
        verdict = judged(hook.shape, said)
        if verdict.fault:
            text = f"{hook.name} refuses: {verdict.fault}"
            raise Unavailable(text) if verdict.is_passing else Permanent(text)
