"""One session with ZooKeeper at a time, for callers on the event loop.

A call is refused unless the session is up when it is made, since what kazoo queues meanwhile would
be done late. A call without an answer in time is uncertain, never repeated here.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple, TypeVar

from kazoo.exceptions import KazooException
from kazoo.protocol.states import KazooState

from orchestrator.errors import Unavailable
from orchestrator.store.zookeeper_client import Client, stop_client
from orchestrator.store.zookeeper_errors import TELLING, UNCERTAIN, NoReplyError, explained
from orchestrator.store.zookeeper_options import ZookeeperOptions

Result = TypeVar("Result")

THREADS = 3
"""One that reads a kind, one that encodes, one that waits for the end of a client."""

STOP_WITHIN_S = 2.0
_BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Session(NamedTuple):
    id: int
    timeout_s: float
    """As granted by the server."""


def boot_time() -> float:
    """Seconds since the machine started, those in which it was suspended included."""
    return time.clock_gettime(_BOOT)


class Link:
    def __init__(self, options: ZookeeperOptions) -> None:
        self._options = options
        self._loop = asyncio.get_running_loop()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="store-zookeeper")
        self._closed = False
        self._up = asyncio.Event()
        self._stopping: set[asyncio.Task[None]] = set()
        self._proof: tuple[Session, float] | None = None
        self._client = self._start()

    @property
    def session(self) -> Session | None:
        """The session that is up now; None while the connection is lost, though the session may live on."""
        client = self._client
        known, granted = client.client_id, client.granted_s
        if self._closed or known is None or known[0] is None or granted is None:
            return None
        return Session(known[0], granted)

    def proved_at(self, session: Session) -> float:
        """Boot-time seconds of sending the last call by whose answer the leader knew the session."""
        return self._proof[1] if self._proof is not None and self._proof[0] == session else -math.inf

    async def up(self, within: float) -> bool:
        """Whether there is a session, after waiting for one this many seconds at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                while self.session is None and not self._closed:
                    await self._up.wait()
                    # What kazoo's thread did last is heard of here a moment later.
                    await asyncio.sleep(0.001)
        return self.session is not None

    def client(self) -> tuple[Client, Session]:
        """What to send a call with, for a thread that sends many. Raises Unavailable."""
        if self._closed:
            raise Unavailable("the store is closed")
        session = self.session
        if session is None:
            why = f" ({self._client.handler.failure})" if self._client.handler.failure else ""
            raise Unavailable(f"there is no connection to ZooKeeper at {self._options.hosts}{why}")
        return self._client, session

    async def call(self, path: str, send: Callable[[Client], Any], *, proves: bool = False) -> Any:
        """The answer to one call about a path. ``proves``: it comes from the servers' leader.

        Raises Unavailable (nothing was sent), NoReplyError, Permanent, and the errors of kazoo that
        tell what is there (``TELLING``).
        """
        return await self.sent(path, send, proves=proves)

    def sent(
        self, path: str, send: Callable[[Client], Any], *, proves: bool = False
    ) -> Coroutine[Any, Any, Any]:
        """Send the call now; what is returned waits for the answer, as ``call`` does.

        The servers carry the calls of a session out in the order in which they were sent. Raises Unavailable.
        """
        client, session = self.client()
        begun = boot_time()
        answered: asyncio.Future[Any] = self._loop.create_future()
        send(client).rawlink(partial(self._hand_over, answered))
        return self._answer(path, answered, session if proves else None, begun)

    async def _answer(
        self, path: str, answered: asyncio.Future[Any], proven: Session | None, begun: float
    ) -> Any:
        within = self._options.session_timeout_s
        limit = self._loop.call_later(within, _expire, answered)
        try:
            answer = await answered
        except TimeoutError as exc:
            raise NoReplyError(f"ZooKeeper did not answer in {within:g} s") from exc
        except UNCERTAIN as exc:
            raise NoReplyError(f"ZooKeeper's answer was lost: {type(exc).__name__} {exc}".rstrip()) from exc
        except TELLING:
            raise
        except KazooException as exc:
            raise explained(exc, path) from exc
        finally:
            limit.cancel()
        if proven is not None:
            self._prove(proven, begun)
        return answer

    async def in_thread(self, work: Callable[[], Result]) -> Result:
        return await self._loop.run_in_executor(self._threads, work)

    def tend(self) -> None:
        """Show that the loop goes on, at least once in a session timeout: else the session ends."""
        self._client.tended_at = time.monotonic()

    def rebuild_if_lost(self) -> None:
        """Begin anew with another client where this one can have no session again."""
        client = self._client
        reached = client.handler.reached_at
        refused = reached is not None and time.monotonic() - reached > self._options.rebuild_after_s
        if self._closed or client.connected or not (refused or client.ended):
            return
        self._client = self._start()
        self._client.handler.failure = client.handler.failure
        task = self._loop.create_task(self._stop(client))
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)

    async def close(self) -> None:
        """End the session, and with it the candidacy; no thread remains. May be repeated."""
        if self._closed:
            return
        self._closed = True
        self._up.set()
        await self._stop(self._client)
        await asyncio.gather(*self._stopping)
        self._threads.shutdown(wait=False)

    def _start(self) -> Client:
        client = Client(self._options)
        client.add_listener(partial(self._state_changed, client))
        client.start_async()
        return client

    async def _stop(self, client: Client) -> None:
        # Asked to end, it says goodbye to the server first, so that its node is gone at once.
        stopping = self._loop.run_in_executor(self._threads, stop_client, client)
        done, _ = await asyncio.wait({stopping}, timeout=STOP_WITHIN_S)
        while not done:
            client.handler.abort()
            done, _ = await asyncio.wait({stopping}, timeout=0.1)
        await stopping

    def _state_changed(self, client: Client, state: Any) -> None:
        """On kazoo's thread, which waits for us."""
        if state == KazooState.CONNECTED:
            client.handler.reached_at = None
            client.handler.failure = ""
        self._later(self._note, client, state)

    def _note(self, client: Client, state: Any) -> None:
        if client is not self._client:
            return
        if state == KazooState.CONNECTED:
            self._up.set()
        elif not self._closed:
            self._up.clear()

    def _prove(self, session: Session, sent: float) -> None:
        if sent > self.proved_at(session):
            self._proof = session, sent

    def _hand_over(self, answered: asyncio.Future[Any], reply: Any) -> None:
        self._later(_settle, answered, reply)

    def _later(self, work: Callable[..., None], *arguments: Any) -> None:
        # A loop that ended without closing the store is no reason to end kazoo's thread too.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(work, *arguments)


def _settle(answered: asyncio.Future[Any], reply: Any) -> None:
    if answered.done():
        return
    if isinstance(reply.exception, KazooException):
        answered.set_exception(reply.exception)
    elif reply.exception is not None:
        answered.set_exception(NoReplyError(f"ZooKeeper's answer was not understood: {reply.exception!r}"))
    else:
        answered.set_result(reply.value)


def _expire(answered: asyncio.Future[Any]) -> None:
    if not answered.done():
        answered.set_exception(TimeoutError())
