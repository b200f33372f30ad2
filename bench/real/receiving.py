"""How many messages a second a bare paho client takes, with a callback that does nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from bench.child import BrokenError
from bench.raw import subscribe_with
from bench.real.burst import Burst
from notify.client import new_client, stop_client
from notify.endpoint import Endpoint

CONNECT_S = 10.0
ARRIVAL_S = 60.0


async def received(endpoint: Endpoint, rows: Sequence[str]) -> float:
    """Messages a second, from the first publication to the last arrival. Requires: nobody else listens."""
    loop = asyncio.get_running_loop()
    subscribed = asyncio.Event()
    arrived = 0
    last = 0.0
    client = new_client(endpoint, None, (0.2, 1.0))
    subscribe_with(client, endpoint.topic, lambda: loop.call_soon_threadsafe(subscribed.set))

    def on_message(_client: Any, _userdata: Any, message: Any) -> None:
        nonlocal arrived, last
        arrived += 1
        last = time.perf_counter()

    client.on_message = on_message
    client.connect_async(endpoint.host, endpoint.port)
    client.loop_start()
    try:
        async with asyncio.timeout(CONNECT_S):
            await subscribed.wait()
        begun = (await asyncio.to_thread(Burst(endpoint, endpoint.topic).publish, rows))[0]
        deadline = time.monotonic() + ARRIVAL_S
        while arrived < len(rows):
            if time.monotonic() > deadline:
                raise BrokenError(f"a bare client got {arrived} of {len(rows)} messages")
            await asyncio.sleep(0.02)
    finally:
        await asyncio.to_thread(stop_client, client)
    return len(rows) / (last - begun)
