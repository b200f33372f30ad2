"""A server that is killed, stands still, cuts a reading off or is started later: unknown, never empty."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from orchestrator.catalog import reading
from orchestrator.catalog.sqlalchemy import SqlCatalog
from orchestrator.errors import Unavailable

from .conftest import OpenCatalog
from .test_servers import TEXT, filled


@pytest.fixture
def server(service: ModuleType) -> Iterator[Any]:
    with service.own() as server:
        server.start()
        yield server


@pytest.fixture
def url(service: ModuleType, server: Any) -> str:
    made = service.database(server.url)
    filled(service, made, TEXT, *(f"'thing-{n:03}'" for n in range(300)))
    return made


async def returned(things: SqlCatalog) -> None:
    """Wait until it can be read again, however often it says that it cannot."""
    async with asyncio.timeout(40):
        while (await things.check("Thing")) is not None:
            await asyncio.sleep(0.1)
    assert len((await things.listing("Thing")).ids) == 300


async def test_a_server_that_was_killed_is_unavailable_and_read_again_when_it_is_back(
    server: Any, url: str, open_catalog: OpenCatalog
) -> None:
    things = open_catalog(url)
    assert len((await things.listing("Thing")).ids) == 300
    server.kill()
    for _ in range(3):
        with pytest.raises(Unavailable, match="the catalog of Thing cannot be read"):
            await things.listing("Thing")
        with pytest.raises(Unavailable):
            await things.lookup("Thing", ["thing-000"])
    await asyncio.to_thread(server.start)
    await returned(things)
    assert set(await things.lookup("Thing", ["thing-000", "x"])) == {"thing-000"}


async def test_a_server_that_restarted_between_two_readings_fails_none_of_them(
    server: Any, url: str, open_catalog: OpenCatalog
) -> None:
    things = open_catalog(url)
    assert len((await things.listing("Thing")).ids) == 300
    await asyncio.to_thread(server.restart)
    await asyncio.sleep(1.2)
    assert len((await things.listing("Thing")).ids) == 300


async def test_a_server_that_stands_still_takes_no_thread_for_longer_than_the_deadline(
    server: Any, url: str, open_catalog: OpenCatalog
) -> None:
    things = open_catalog(url, lookup_deadline_s=0.5, listing_deadline_s=0.5, threads=2)
    assert len((await things.listing("Thing")).ids) == 300
    server.pause()
    began = time.monotonic()
    for _ in range(4):
        for ended in await asyncio.gather(
            *(things.lookup("Thing", ["thing-000"]) for _ in range(2)), return_exceptions=True
        ):
            assert isinstance(ended, Unavailable), ended
    assert time.monotonic() - began < 20
    server.resume()
    await returned(things)


@pytest.mark.parametrize("how", ["session", "server"])
async def test_a_listing_that_is_cut_off_is_unavailable_and_never_a_part(
    service: ModuleType, server: Any, url: str, open_catalog: OpenCatalog, how: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(reading, "PAGE", 10)
    is_mysql = service.__name__.endswith("mysql")
    slow = "sleep(0.01) = 0" if is_mysql else "pg_sleep(0.01) is not null"
    things = open_catalog(url, filter=slow)
    running = asyncio.create_task(things.listing("Thing"))
    await asyncio.sleep(0.8)
    assert not running.done()
    if how == "server":
        server.kill()
    elif is_mysql:
        name = make_url(url).database
        found = f"SELECT GROUP_CONCAT(id) INTO @found FROM information_schema.processlist WHERE db = '{name}'"
        await asyncio.to_thread(service.execute, server.url, found, "KILL @found")
    else:
        mine = "datname = current_database() AND pid <> pg_backend_pid()"
        await asyncio.to_thread(
            service.execute, url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {mine}"
        )
    with pytest.raises(Unavailable, match="the catalog of Thing cannot be read"):
        await running


async def test_a_server_that_starts_later_is_found(service: ModuleType, open_catalog: OpenCatalog) -> None:
    with service.own() as server:
        things = open_catalog(server.url)
        with pytest.raises(Unavailable, match="cannot be read"):
            await things.listing("Thing")
        await asyncio.to_thread(server.start)
        filled(service, server.url, TEXT, "'a'")
        assert (await things.listing("Thing")).ids == ["a"]
