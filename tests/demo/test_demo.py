"""The demo's application, with its own broker and a subscriber."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from notify.broker import EmbeddedBroker
from notify.mqtt import MqttNotifications
from orchestrator.catalog.sqlalchemy import CatalogKind, SqlCatalog
from orchestrator.demo import DemoTarget, add, churn, fill, remove
from orchestrator.demo.database import open_database
from orchestrator.errors import UnknownKind
from orchestrator.ports import Connected, Notification, Witness


@pytest.fixture
def target(tmp_path: Path) -> Iterator[DemoTarget]:
    broker = EmbeddedBroker(password="demo")
    broker.start()
    yield DemoTarget(catalog_url=f"sqlite:///{tmp_path / 'data' / 'catalog.db'}", endpoint=broker.endpoint())
    broker.stop()


def filled(target: DemoTarget, **counts: int) -> None:
    engine = open_database(target.catalog_url)
    assert fill(engine, **counts)
    engine.dispose()


async def listed(target: DemoTarget, kind: str) -> set[str]:
    catalog = SqlCatalog({kind: CatalogKind(url=target.catalog_url, table=kind)})
    listing = await catalog.listing(kind)
    await catalog.close()
    return set(listing.ids)


async def test_the_first_start_fills_fast_once_and_silently(target: DemoTarget) -> None:
    engine = open_database(target.catalog_url)
    began = time.perf_counter()
    assert fill(engine)
    assert time.perf_counter() - began < 2
    assert not fill(engine)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("select count(*) from shardwright_outbox").scalar() == 0
    engine.dispose()
    assert len(await listed(target, "Thing")) == 2000
    assert "rule-000300" in await listed(target, "Rule")


async def test_everything_removed_is_not_filled_again(target: DemoTarget) -> None:
    filled(target, things=3, rules=0)
    assert sorted(await asyncio.to_thread(remove, target, "Thing", 10)) == [
        f"thing-{n:06}" for n in (1, 2, 3)
    ]
    engine = open_database(target.catalog_url)
    assert not fill(engine)
    engine.dispose()


async def test_what_is_added_removed_and_churned_is_announced(target: DemoTarget) -> None:
    filled(target, things=50, rules=10)
    notifications = MqttNotifications(target.endpoint)
    events: list = []

    async def read() -> None:
        async for batch in notifications.batches():
            events.extend(batch)

    task = asyncio.create_task(read())
    while Connected() not in events:
        await asyncio.sleep(0.01)
    steps: list[tuple[int, int]] = []
    new = await asyncio.to_thread(
        add, target, "Thing", 1200, progress=lambda done, of: steps.append((done, of))
    )
    assert steps == [(500, 1200), (1000, 1200), (1200, 1200)]
    gone = await asyncio.to_thread(remove, target, "Thing", 5)
    report = await asyncio.to_thread(churn, target, 100, 1.5, 7)
    assert report.waiting == 0
    await asyncio.sleep(0.2)
    await notifications.close()
    await task

    hints = [event for event in events if isinstance(event, Notification)]
    named = Counter(
        (hint.witness, value) for hint in hints if hint.table in ("Thing", "Rule") for value in hint.ids
    )
    assert all(named[Witness.CREATED, value] >= 1 for value in new)
    assert all(named[Witness.DELETED, value] == 1 for value in gone)
    assert report.added + report.removed + report.updated + report.touched == 150
    assert {"ProtocolMeta", "DeviceMeta"} >= {h.table for h in hints} - {"Thing", "Rule"}
    assert report.published == 150
    for kind in ("Thing", "Rule"):
        assert await listed(target, kind) == report.ids[kind]


async def test_a_churn_is_the_same_for_the_same_seed(target: DemoTarget, tmp_path: Path) -> None:
    reports = []
    for name in ("a", "b"):
        other = DemoTarget(catalog_url=f"sqlite:///{tmp_path / name}.db", endpoint=target.endpoint)
        filled(other, things=20, rules=5)
        reports.append(await asyncio.to_thread(churn, other, 1000, 0.1, 3))
    assert reports[0].ids == reports[1].ids
    assert (reports[0].added, reports[0].touched) == (reports[1].added, reports[1].touched)


async def test_resources_that_were_added_by_hand_are_no_obstacle(target: DemoTarget) -> None:
    filled(target, things=2, rules=0)
    engine = open_database(target.catalog_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("insert into Thing values ('zzz', '', '2026-01-01')")
    engine.dispose()
    assert await asyncio.to_thread(add, target, "Thing", 1) == ["thing-000003"]


async def test_an_unknown_kind_is_named(target: DemoTarget) -> None:
    with pytest.raises(UnknownKind, match="Thing, Rule"):
        add(target, "Gadget", 1)
