"""Free ports, and waiting until something is so."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody listens on, all different."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def accepts(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(found: Callable[[], object], within: float, what: str, every: float = 0.02) -> float:
    """Wait until the answer is true; returns the seconds it took."""
    began = time.monotonic()
    while not found():
        if time.monotonic() - began > within:
            raise AssertionError(f"not within {within:g} s: {what}")
        time.sleep(every)
    return time.monotonic() - began


async def until(found: Callable[[], object], within: float, what: str, every: float = 0.005) -> float:
    """As ``wait_for``, leaving the loop to others meanwhile."""
    began = time.monotonic()
    while not found():
        if time.monotonic() - began > within:
            raise AssertionError(f"not within {within:g} s: {what}")
        await asyncio.sleep(every)
    return time.monotonic() - began
