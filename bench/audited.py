"""What the line of the audit trail costs beside the mutation that it is of, over HTTP, one after another."""

from __future__ import annotations

import asyncio
import http.client
import time
from pathlib import Path

from bench import table
from bench.child import BrokenError, measured
from bench.figure import Figure, percentile
from bench.loop import run
from bench.options import Options
from bench.world import running
from orchestrator.bootstrap.auditing import auditing
from orchestrator.bootstrap.listener import address_of, bound_socket, listening
from orchestrator.clock import SystemClock

ASKED = 400
COUNT = 2000


def scenario(options: Options) -> list[Figure]:
    runs = []
    for number in range(min(options.runs, 3)):
        folder = options.folder / f"audited-{number}"
        folder.mkdir()
        runs.append(measured("bench.audited", "once", folder=str(folder)))
    plain = sorted(run["plain p50"] for run in runs)[len(runs) // 2]
    p99 = sorted(run["audited p99"] for run in runs)[len(runs) // 2]
    return [
        Figure(
            name="audited_line_s",
            values=[run["audited p50"] - run["plain p50"] for run in runs],
            made_of=f"a mutation p50 {plain * 1e3:.1f} ms without, p99 {p99 * 1e3:.1f} ms with its line",
        )
    ]


def once(folder: str) -> dict[str, float]:
    return run(_once(Path(folder)))


async def _once(folder: Path) -> dict[str, float]:
    found: dict[str, float] = {}
    clock = SystemClock()
    async with running(folder, table.ids(COUNT)) as world:
        await world.ready()
        settings = world.settings
        async with auditing(settings, clock) as trail:
            for name, given in (("plain", None), ("audited", trail)):
                listener = bound_socket(settings)
                address = address_of(listener, settings)
                async with listening(
                    world.engine, listener, address, settings, version="bench", clock=clock, auditing=given
                ):
                    port = listener.getsockname()[1]
                    took = await asyncio.to_thread(measured, "bench.audited", "ask", port=port)
                found |= {f"{name} {part}": seconds for part, seconds in took.items()}
    return found


def ask(port: int) -> dict[str, float]:
    """In a process of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    took = []
    for number in range(ASKED):
        began = time.perf_counter()
        connection.request("POST", f"/v1/api/kinds/{table.KIND}/{('pause', 'resume')[number % 2]}")
        answer = connection.getresponse()
        body = answer.read()
        took.append(time.perf_counter() - began)
        if answer.status != 200:
            raise BrokenError(f"{answer.status} {body[:200]!r}")
    return {"p50": percentile(took, 0.5), "p99": percentile(took, 0.99)}
