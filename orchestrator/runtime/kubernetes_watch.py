"""Watches the pods of the namespace on a thread of its own: lists, follows the changes, lists anew.

It begins anew on any error, when the API has forgotten the changes since the list, and on a timer, since a
watch may stop telling without an end. So a change is seen late, at worst, and never lost.
"""

from __future__ import annotations

import asyncio
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import structlog
import urllib3

from orchestrator.errors import Unavailable
from orchestrator.runtime.kubernetes_client import FAILURES, no_answer
from orchestrator.runtime.kubernetes_identity import identity
from orchestrator.runtime.kubernetes_link import Answer
from orchestrator.runtime.kubernetes_phase import Found, found
from orchestrator.runtime.kubernetes_pods import Census, Pods

log = structlog.get_logger()

FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 10.0


class Watch:
    """Calls ``listed``, ``changed`` and ``gone`` on the loop. ``trouble``: why nothing is watched now."""

    def __init__(
        self,
        pods: Pods,
        *,
        listed: Callable[[Census], None],
        changed: Callable[[Found], None],
        gone: Callable[[Found], None],
    ) -> None:
        self.trouble = ""
        self.lists = 0
        self._pods = pods
        self._listed = listed
        self._changed = changed
        self._gone = gone
        self._loop = asyncio.get_running_loop()
        self._ended = threading.Event()
        self._over = asyncio.Event()
        self._response: urllib3.HTTPResponse | None = None
        threading.Thread(target=self._run, name="kubernetes-watch", daemon=True).start()

    async def end(self) -> None:
        """Wait until the thread has ended, at most for the time of a call."""
        self._ended.set()
        response = self._response
        if response is not None:
            # It may have ended by itself meanwhile.
            with suppress(OSError, ValueError, RuntimeError):
                response.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pods.options.request_timeout_s):
                await self._over.wait()

    def _run(self) -> None:
        try:
            self._watch()
        finally:
            # The loop may have ended before us.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._over.set)

    def _watch(self) -> None:
        wait = FIRST_WAIT_S
        while not self._ended.is_set():
            began = time.monotonic()
            try:
                census = self._pods.census()
                self.lists += 1
                self.trouble = ""
                self._tell(self._listed, census)
                self._follow(census.version)
            except Unavailable as exc:
                self.trouble = str(exc)
            except Exception as bug:
                # Nobody else would start the thread again.
                self.trouble = f"the pods are not watched: {bug!r}"
                log.error("watch failed", error=repr(bug), exc_info=bug)
            if time.monotonic() - began > LONGEST_WAIT_S:
                wait = FIRST_WAIT_S
            self._ended.wait(wait * random.uniform(0.5, 1.0))
            wait = min(2 * wait, LONGEST_WAIT_S)

    def _follow(self, version: int) -> None:
        """Tell the changes since a list until it is time for the next one. Raises Unavailable."""
        options = self._pods.options
        last_at = time.monotonic() + options.relist_s + options.request_timeout_s
        query = [
            ("watch", "true"),
            ("resourceVersion", str(version)),
            ("allowWatchBookmarks", "true"),
            ("timeoutSeconds", str(int(options.relist_s))),
        ]
        # The server's own timeout does not come through a link that is half open: ours does.
        read_s = options.relist_s + options.request_timeout_s
        response = self._pods.link.open("GET", self._pods.path, query, read_s=read_s)
        self._response = response
        try:
            if response.status != 200:
                raise Unavailable(f"the pods are not watched: {Answer(response.status, response.data).said}")
            # Not left to the loop: a watch that began while we were told to end may never tell anything.
            for event in () if self._ended.is_set() else _events(response):
                if self._ended.is_set() or time.monotonic() > last_at or not self._take(event):
                    return
        except FAILURES as exc:
            if not self._ended.is_set():
                raise no_answer("GET", self._pods.path, exc) from exc
        finally:
            self._response = None
            # Not back into the pool: what was not read would be taken for the answer to the next request.
            response.close()

    def _take(self, event: Any) -> bool:
        """False when the watch is of no more use."""
        kind = event.get("type") if isinstance(event, dict) else None
        if kind == "BOOKMARK":
            return True
        if kind not in ("ADDED", "MODIFIED", "DELETED"):
            return False
        pod = event["object"]
        whose = identity(pod, self._pods.cluster)
        if whose is not None:
            self._tell(self._gone if kind == "DELETED" else self._changed, found(pod, whose))
        return True

    def _tell(self, whom: Callable[[Any], None], what: Census | Found) -> None:
        # The loop may have ended before us.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(whom, what)


def _events(response: urllib3.HTTPResponse) -> Iterator[Any]:
    rest = b""
    for chunk in response.stream(None, decode_content=False):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line.strip():
                yield json.loads(line)
