"""Free ports, and waiting until something is so."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
LOWEST = 11_000
TRIES = 200


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody listens on, all different.

    They are below those that the system gives to connections that go out: a server that is started there
    later, or once more, finds its port free.
    """
    outgoing, _ = map(int, RANGE.read_text().split())
    below = range(LOWEST, outgoing)
    with ExitStack() as stack:
        probes = [stack.enter_context(_bound(below)) for _ in range(count)]
        return [int(probe.getsockname()[1]) for probe in probes]


def _bound(ports: range) -> socket.socket:
    for port in random.SystemRandom().sample(ports, min(TRIES, len(ports))):
        probe = socket.socket()
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            probe.close()
        else:
            return probe
    raise RuntimeError(f"no port from {ports.start} to {ports.stop - 1} was free in {TRIES} tries")


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
