"""Tells when processes end, children or not, without a thread. Loop thread only."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from orchestrator.runtime import host

POLL_S = 0.05
"""How often a process is looked at where the system gives no handle on it."""

Name = tuple[int, str]


class Watches:
    """One watch a process, named by pid and creation; each calls back once and is gone."""

    def __init__(self, *, handles: bool = hasattr(os, "pidfd_open")) -> None:
        self._handles = handles
        self._readers: dict[Name, int] = {}
        self._polls: dict[Name, asyncio.Task[None]] = {}

    def __len__(self) -> int:
        return len(self._readers) + len(self._polls)

    def add(self, pid: int, created: str, ended: Callable[[], None]) -> bool:
        """Call ``ended`` when this process has ended; soon, if it has already.

        Returns whether this watch is new; a second one on the same process is not kept.
        """
        name = (pid, created)
        if name in self._readers or name in self._polls:
            return False
        handle = self._open(pid)
        if handle is None:
            self._polls[name] = asyncio.create_task(self._poll(name, ended))
            return True
        if not _runs(name):
            os.close(handle)
            asyncio.get_running_loop().call_soon(ended)
            return True
        self._readers[name] = handle
        asyncio.get_running_loop().add_reader(handle, self._readable, name, ended)
        return True

    def _open(self, pid: int) -> int | None:
        if not self._handles:
            return None
        try:
            return os.pidfd_open(pid)
        except OSError:
            # Gone already, or no descriptor is left: polling finds out which.
            return None

    def _readable(self, name: Name, ended: Callable[[], None]) -> None:
        self._drop(name)
        ended()

    def _drop(self, name: Name) -> None:
        handle = self._readers.pop(name)
        asyncio.get_running_loop().remove_reader(handle)
        os.close(handle)

    async def _poll(self, name: Name, ended: Callable[[], None]) -> None:
        while _runs(name):  # noqa: ASYNC110 - nothing would set an event
            await asyncio.sleep(POLL_S)
        self._polls.pop(name, None)
        ended()

    async def close(self) -> None:
        for name in list(self._readers):
            self._drop(name)
        polls = list(self._polls.values())
        self._polls.clear()
        for poll in polls:
            poll.cancel()
        await asyncio.gather(*polls, return_exceptions=True)


def _runs(name: Name) -> bool:
    """Whether the process executes, so far as can be told: one that cannot be looked at has not ended."""
    try:
        return host.runs(*name)
    except OSError:
        return True
