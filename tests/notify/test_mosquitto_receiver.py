"""The receiver and a real Mosquitto, plain and over TLS: large messages, cut packets."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from notify.endpoint import Endpoint
from notify.message import encode
from orchestrator.ports import Connected, Disconnected, Malformed
from tests.services import mosquitto
from tests.services.certificates import Authority
from tests.services.mosquitto_server import Mosquitto

from .mosquitto_tools import LONG, connected, publish, reading
from .test_mosquitto_tls import client_tls

IN_FLIGHT = 3
"""How many messages Mosquitto sends before it waits for an acknowledgement."""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def broker(tmp_path: Path, authority: Authority) -> Iterator[Mosquitto]:
    identity = authority.vouch("broker", "IP:127.0.0.1")
    settings = {"max_inflight_messages": str(IN_FLIGHT), "max_queued_messages": "0"}
    with mosquitto.running(tmp_path, certificates=(authority.ca, identity), settings=settings) as broker:
        yield broker


@pytest.fixture(params=["plain", "tls"])
def endpoint(request: pytest.FixtureRequest, broker: Mosquitto, authority: Authority) -> Endpoint:
    return broker.endpoint(client_tls(authority) if request.param == "tls" else None)


def thing(number: int, size: int = 0) -> bytes:
    return encode("c", "Thing", [f"thing-{number}"], instance={"pad": "x" * size})


class Relay:
    """A way to a broker. ``left``: after so many bytes more from the broker its links break; None: never."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.left: int | None = None
        self._endpoint = endpoint

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Endpoint]:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        try:
            yield dataclasses.replace(self._endpoint, port=server.sockets[0].getsockname()[1])
        finally:
            server.close()
            await asyncio.sleep(0.1)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(self._endpoint.host, self._endpoint.port)
        await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer, counts=True))

    async def _pass(
        self, source: asyncio.StreamReader, to: asyncio.StreamWriter, *, counts: bool = False
    ) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                if counts and self.left is not None:
                    data, self.left = data[: self.left], self.left - len(data)
                to.write(data)
                await to.drain()
                if counts and self.left is not None and self.left <= 0:
                    self.left = None
                    break
        to.close()


async def test_large_and_small_messages_arrive_whole(broker: Mosquitto, endpoint: Endpoint) -> None:
    """In any order: Mosquitto 2.0.11 lets one pass others that wait until there is room in flight."""
    sizes = [0, 100, 65_536, 0, 0, 130_000, 16_384, 0, 250_000, 1, 0]
    messages = [thing(n, sizes[n % len(sizes)]) for n in range(120)]
    messages.insert(60, b"y" * 1_000_000)
    async with reading(endpoint) as reader:
        await connected(reader)
        await asyncio.to_thread(publish, broker, *messages)
        await reader.until(lambda: len(reader.hints) == 120, LONG)
        assert {hint.ids[0] for hint in reader.hints} == {f"thing-{n}" for n in range(120)}
        assert len(reader.of(Malformed)) == 1
        assert not reader.of(Disconnected)
        assert reader.notifications.received == 121


async def test_each_message_is_acknowledged_once_and_by_its_number(
    broker: Mosquitto, endpoint: Endpoint
) -> None:
    """One number that is missing stops the broker after three; a wrong one makes it end the connection."""
    async with reading(endpoint) as reader:
        await connected(reader)
        await asyncio.to_thread(publish, broker, *[thing(n) for n in range(2_000)])
        await reader.until(lambda: len(reader.hints) >= 2_000, LONG)
        client = reader.notifications._client
        assert client.taken > 1_000, "most do not go through paho"
        assert {hint.ids[0] for hint in reader.hints} == {f"thing-{n}" for n in range(2_000)}
        assert not reader.of(Disconnected)


@pytest.mark.parametrize("length", [1, 200, 5_000, 70_000, 110_000])
async def test_a_packet_that_is_cut_leaves_nothing_behind(
    broker: Mosquitto, endpoint: Endpoint, length: int
) -> None:
    relay = Relay(endpoint)
    async with relay.running() as way, reading(way) as reader:
        await connected(reader)
        relay.left = length
        await asyncio.to_thread(publish, broker, *[thing(n, 50_000) for n in range(6)])
        await reader.until(lambda: bool(reader.of(Disconnected)), LONG)
        await connected(reader, 2)
        whole = length // 50_000
        assert [hint.ids[0] for hint in reader.hints[:whole]] == [f"thing-{n}" for n in range(whole)]
        await asyncio.to_thread(publish, broker, thing(77))
        await reader.until(lambda: bool(reader.hints) and reader.hints[-1].ids == ("thing-77",), LONG)
        assert not reader.of(Malformed)
        assert reader.events.count(Connected()) == 2
        assert reader.notifications.rebuilds == 0


async def test_a_link_stays_whether_it_is_quiet_or_busy(broker: Mosquitto, endpoint: Endpoint) -> None:
    async with reading(endpoint, keepalive_s=2) as reader:
        await connected(reader)
        await asyncio.sleep(5)
        for number in range(20):
            await asyncio.to_thread(publish, broker, thing(number))
            await asyncio.sleep(0.3)
        await reader.until(lambda: len(reader.hints) == 20, LONG)
        assert not reader.of(Disconnected)


@pytest.fixture
def many_files() -> Iterator[None]:
    """As in a server of a thousand workers: what is opened next has a number beyond those of select."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    held = [os.open(os.devnull, os.O_RDONLY) for _ in range(1024)]
    yield
    for number in held:
        os.close(number)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_a_server_with_a_thousand_connections_is_told_too(endpoint: Endpoint, many_files: None) -> None:
    async with reading(endpoint) as reader:
        await connected(reader)
