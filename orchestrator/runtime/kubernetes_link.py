"""Calls to the Kubernetes API on threads of our own, and what it answered as plain data."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ParamSpec, TypeVar

import urllib3

from orchestrator.errors import Unavailable
from orchestrator.runtime.kubernetes_client import FAILURES, Client, Query, no_answer
from orchestrator.runtime.kubernetes_options import KubernetesOptions

P = ParamSpec("P")
T = TypeVar("T")

MAX_SAID = 600
UNAUTHORIZED = 401


@dataclass(frozen=True)
class Answer:
    """What the API answered, good or not."""

    status: int
    data: bytes

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300

    @cached_property
    def body(self) -> dict[str, Any]:
        """The object that was answered; empty when it was none."""
        try:
            body = json.loads(self.data)
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}

    @property
    def text(self) -> str:
        return self.data.decode(errors="replace")

    @property
    def reason(self) -> str:
        """The API's one word for why not (``AlreadyExists``)."""
        return str(self.body.get("reason", "")) if self.body.get("kind") == "Status" else ""

    @property
    def said(self) -> str:
        """The API's own sentence, with the status."""
        message = self.body.get("message") or " ".join(self.text.split()) or "no reason given"
        return f"{str(message)[:MAX_SAID]} (HTTP {self.status})"


class Link:
    """``call`` runs work on our threads; ``ask`` and ``open`` are for that work: they block."""

    def __init__(self, options: KubernetesOptions) -> None:
        self._options = options
        self._threads = ThreadPoolExecutor(options.workers, thread_name_prefix="kubernetes")
        self._lock = threading.Lock()
        self._current: Client | None = None
        self._closed = False

    async def call(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What the work returns. Raises Unavailable, also when it could not be begun in time."""
        asked = time.monotonic()

        def run() -> T:
            self._require_open()
            # Whoever asked may no longer be entitled to what was asked for so long ago.
            if time.monotonic() - asked > self._options.request_timeout_s:
                raise Unavailable("Kubernetes is slow: a call waited too long for its turn and was not sent")
            return work(*args, **kwargs)

        self._require_open()
        return await asyncio.get_running_loop().run_in_executor(self._threads, run)

    def ask(self, method: str, path: str, query: Query = (), body: Mapping[str, Any] | None = None) -> Answer:
        """One request and its whole answer, whatever its status. Raises Unavailable."""
        response = self.open(method, path, query, body, read_s=self._options.request_timeout_s)
        try:
            data = response.data
        except FAILURES as exc:
            raise no_answer(method, path, exc) from exc
        return Answer(response.status, data)

    def open(
        self, method: str, path: str, query: Query, body: Mapping[str, Any] | None = None, *, read_s: float
    ) -> urllib3.HTTPResponse:
        """As ``ask``, with the body still to be read. Credentials that are refused are read again, once."""
        client = self._client()
        response = client.send(method, path, query, body, read_s)
        if response.status != UNAUTHORIZED:
            return response
        response.drain_conn()
        self._give_up(client)
        return self._client().send(method, path, query, body, read_s)

    async def close(self) -> None:
        """Begin nothing more; what was begun ends by its timeout."""
        self._closed = True
        self._threads.shutdown(wait=False)
        with self._lock:
            if self._current is not None:
                self._current.close()

    def _client(self) -> Client:
        with self._lock:
            self._require_open()
            if self._current is None:
                self._current = Client(self._options)
            return self._current

    def _require_open(self) -> None:
        if self._closed:
            raise Unavailable("the connection to Kubernetes is closed")

    def _give_up(self, client: Client) -> None:
        with self._lock:
            if self._current is client:
                self._current = None
        client.close()
