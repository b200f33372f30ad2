"""What our broker adds to amqtt: one account, a list of topics, an end that leaves no socket open.

amqtt loads the two plugins by their dotted path, each with its ``Config``.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from amqtt.broker import Broker
from amqtt.contexts import Action
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session

WAIT_FOR_A_SUBSCRIBER_S = 60.0
LOOK_EVERY_S = 0.02


class Account(BaseAuthPlugin):  # type: ignore[misc]
    """Admits one user name with one password; nobody is anonymous."""

    async def authenticate(self, *, session: Session) -> bool:
        name, password = session.username or "", session.password or ""
        # Both are compared, whatever the first says, so that the time taken tells nothing.
        same_name = hmac.compare_digest(name.encode(), self.config.username.encode())
        same_password = hmac.compare_digest(password.encode(), self.config.password.encode())
        return same_name and same_password

    @dataclass
    class Config:
        username: str = ""
        password: str = field(default="", repr=False)


class Topics(BaseTopicPlugin):  # type: ignore[misc]
    """Lets clients publish to and subscribe to the named topics only, without wildcards."""

    async def topic_filtering(
        self, *, session: Session | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool:
        return topic in self.config.topics

    @dataclass
    class Config:
        topics: list[Any] = field(default_factory=list)


class TrackedBroker(Broker):  # type: ignore[misc]
    """Knows its connections, and so can end while messages still arrive.

    What comes before the first subscriber waits for it, up to ``WAIT_FOR_A_SUBSCRIBER_S``: after a restart
    publishers are back before the subscriber, and what they announce then is said only once.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config)
        self._open: set[asyncio.StreamWriter] = set()
        self._heard = False

    async def _run_broadcast(self, running_tasks: deque[asyncio.Task[Any]]) -> None:
        if not self._heard:
            limit = time.monotonic() + WAIT_FOR_A_SUBSCRIBER_S
            while not self._subscriptions and time.monotonic() < limit:  # noqa: ASYNC110 - amqtt tells nobody
                await asyncio.sleep(LOOK_EVERY_S)
            self._heard = True
        await super()._run_broadcast(running_tasks)

    async def _topic_filtering(self, session: Session, topic: str, action: Action) -> bool:
        # What is passed on was allowed when it was published and when it was subscribed to. Asking the
        # plugins once more would suspend amqtt's walk over the subscribers, and one who leaves meanwhile
        # would make it skip the next, or end it.
        if action is Action.RECEIVE:
            return True
        return bool(await super()._topic_filtering(session, topic, action))

    async def _handle_client_session(
        self, reader: Any, writer: Any, client_session: Session, *rest: Any
    ) -> None:
        # Once a second amqtt empties the queues of sessions that have ended: what they sent is acknowledged,
        # and on a slow machine not yet passed on. The queues go with the session.
        client_session.clear_queues = _keep_queues
        await super()._handle_client_session(reader, writer, client_session, *rest)

    async def _client_message_loop(self, client_session: Session, handler: Any) -> None:
        """Pass on what a client sent before it left: amqtt acknowledges it all and drops the rest."""
        take = handler.mqtt_deliver_next_message
        handler.in_hand = None

        async def next_message() -> Any:
            handler.in_hand = await take()
            return handler.in_hand

        handler.mqtt_deliver_next_message = next_message
        await super()._client_message_loop(client_session, handler)
        queue = client_session.delivered_message_queue
        while handler.in_hand is not None or not queue.empty():
            message: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            message.set_result(handler.in_hand or queue.get_nowait())
            await self._handle_message_delivery(client_session, handler, message)

    async def _handle_message_delivery(
        self, client_session: Session, handler: Any, wait_deliver: asyncio.Future[Any]
    ) -> bool:
        handler.in_hand = None
        return bool(await super()._handle_message_delivery(client_session, handler, wait_deliver))

    async def stream_connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener_name: str
    ) -> None:
        self._open.add(writer)
        try:
            await super().stream_connected(reader, writer, listener_name)
        finally:
            self._open.discard(writer)
            writer.close()

    async def hang_up(self) -> None:
        """Take no more connections, close those that there are, and let their handlers end; for ``shutdown``.

        amqtt ends a handler by cancelling its reader, and a reader that has just read loses the
        cancellation: with messages arriving, ``shutdown`` alone waits for ever.
        """
        for server in self._servers.values():
            server.instance.close()
        for _ in range(100):
            if not self._open:
                return
            for writer in tuple(self._open):
                writer.close()
            await asyncio.sleep(0.01)


def _keep_queues() -> None:
    """In place of ``Session.clear_queues``."""
