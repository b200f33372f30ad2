"""Many reads of one session, a bounded number of them under way at a time. Blocks: for a thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from kazoo.exceptions import KazooException, NoNodeError

from orchestrator.errors import Unavailable
from orchestrator.store.zookeeper_client import Client
from orchestrator.store.zookeeper_errors import UNCERTAIN, explained
from orchestrator.store.zookeeper_link import Link

BATCH = 16
IN_FLIGHT = 4
"""More of either only makes everybody else's calls wait: the client is what takes the time."""

ReadAll = Callable[[Client, Sequence[str]], Any]


class Pipeline:
    """All reads must come from one session: only within it does time never go back."""

    def __init__(self, link: Link, reply_within_s: float) -> None:
        """Raises Unavailable."""
        self._link = link
        self._client, self._session = link.client()
        self._reply_within_s = reply_within_s

    def catch_up(self, path: str) -> None:
        """Have the server that answers us know all that any other has committed before this call.

        Raises Unavailable, as where it has no majority of servers behind it.
        """
        answered = threading.Event()
        reply = self._client.sync_async(path)
        reply.rawlink(lambda _: answered.set())
        if not answered.wait(self._reply_within_s):
            raise Unavailable(f"ZooKeeper did not catch up in {self._reply_within_s:g} s")
        _require_answer(reply.exception, path)

    def read(self, read_all: ReadAll, paths: Sequence[str]) -> list[Any]:
        """The answer for each path, None where there is no node. Raises Unavailable, Permanent."""
        batches = [paths[start : start + BATCH] for start in range(0, len(paths), BATCH)]
        replies: list[Any] = [None] * len(batches)
        slots = threading.Semaphore(IN_FLIGHT)

        def done(index: int, reply: Any) -> None:
            replies[index] = reply
            slots.release()

        for index, batch in enumerate(batches):
            self._await(slots)
            if self._link.session != self._session:
                raise Unavailable("the connection to ZooKeeper was lost while reading")
            read_all(self._client, batch).rawlink(partial(done, index))
        for _ in range(IN_FLIGHT):
            self._await(slots)
        answers: list[Any] = []
        for batch, reply in zip(batches, replies, strict=True):
            _require_answer(reply.exception, batch[0])
            answers.extend(_found(answer, path) for answer, path in zip(reply.value, batch, strict=True))
        return answers

    def _await(self, slots: threading.Semaphore) -> None:
        if not slots.acquire(timeout=self._reply_within_s):
            raise Unavailable(f"ZooKeeper did not answer in {self._reply_within_s:g} s")


def _require_answer(error: Exception | None, path: str) -> None:
    if error is None:
        return
    if isinstance(error, UNCERTAIN) or not isinstance(error, KazooException):
        raise Unavailable(f"ZooKeeper did not answer for {path}: {type(error).__name__}") from error
    raise explained(error, path) from error


def _found(answer: Any, path: str) -> Any:
    if isinstance(answer, NoNodeError):
        return None
    if isinstance(answer, KazooException):
        raise explained(answer, path) from answer
    return answer
