"""Each real service goes and comes back: instances serve on, nothing is removed, nothing stays missed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import yaml

from shardwright_worker.audit import audit, read_ledgers
from tests.product.outage import Watch, ask, is_live, missed, watch
from tests.product.processes import runs, until
from tests.services import kafka_install, mosquitto_server, postgres_server, zookeeper
from tests.services.development import Development, Replica
from tests.services.postgres import execute
from tests.services.require import missing

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

SERVICES = ("zookeeper", "kafka", "mosquitto", "postgres")
ABSENT = {
    "Kafka": kafka_install.absent(),
    "Mosquitto": mosquitto_server.absent(),
    "PostgreSQL": postgres_server.absent(),
}
NEEDED_TO_WRITE = ("zookeeper", "postgres")
SAID = {"zookeeper": "lost touch with the store", "kafka": "HeartBeat"}
KINDS = ("Thing", "Rule")
NEW = "INSERT INTO \"Thing\" (id, name, created) VALUES ('new-{}', '', now())"  # announced to nobody

GONE_S, FROZEN_S = 12.0, 8.0
BACK_S = 40.0
RESYNC = "/v1/api/kinds/Thing/resync"
ORCHESTRATE = "/v1/api/orchestrations/Thing/orchestrate"
READS = [
    "/livez",
    "/v1/api/overview",
    "/v1/api/kinds/Thing",
    "/v1/api/orchestrations/Thing",
    "/v1/api/instances",
    "/v1/api/orchestrations/Thing/thing-000001/instances",
    "/v1/api/kinds/Thing/resources/thing-000001",
]


@pytest.fixture(scope="module")
def whole() -> Iterator[Development]:
    """One orchestrator with local processes on real services, settled."""
    zookeeper.require_program()
    for name, reason in ABSENT.items():
        if reason is not None:
            missing(name, reason)
    # PostgreSQL runs as another user, who may not enter the folders that pytest makes.
    folder = Path("/var/tmp") / f"shardwright-outages-{os.getpid()}"
    development = Development(folder, SERVICES, more={"worker": {"away_limit": 120}})
    try:
        for _ in development.start():
            pass
        _settle(development)
        yield development
    finally:
        development.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("name", SERVICES)
def test_a_server_starts_without_it_says_so_and_is_whole_when_it_comes(whole: Development, name: str) -> None:
    replica, before = whole.replicas[0], _processes(whole)
    replica.program.kill()
    with _gone(_service(whole, name)):
        replica.start()
        until(lambda: is_live(replica), 30.0, what="it is live")
        until(lambda: missed(replica, name), 30.0, what=f"it says that {name} is missing")
        assert name != "zookeeper" or ask(replica, "/readyz").status == 503
    replica.wait_ready()
    until(lambda: not missed(replica, name), BACK_S, what=f"{name} is there again")
    _settle(whole)
    assert _processes(whole) == before


@pytest.mark.parametrize("name", SERVICES)
def test_while_it_is_gone_instances_serve_on_and_what_was_missed_is_found(
    whole: Development, name: str
) -> None:
    replica, before, service = whole.replicas[0], _processes(whole), _service(whole, name)
    url = _service(whole, "postgres").url
    if name == "postgres":
        execute(url, NEW.format("postgres"))
    ids = {kind: _ids(whole, kind) for kind in KINDS}
    with _gone(service):
        _serves_on(watch(replica, READS, ORCHESTRATE, seconds=GONE_S), name)
        told = until(lambda: missed(replica, name), 10.0, what="it says what is missing")
        assert SAID.get(name, "refused") in told
        if name != "postgres":
            execute(url, NEW.format(name))
        assert _processes(whole) == before
        assert not _misserved(whole, "Thing", ids["Thing"] - {"new-postgres"})
    replica.wait_ready()
    until(lambda: not missed(replica, name), BACK_S, what=f"{name} is there again")
    if name == "kafka":
        assert ask(replica, RESYNC, "POST").status < 300
    _settle(whole)
    assert _processes(whole) == before
    assert ask(replica, ORCHESTRATE, "POST").status == 200


@pytest.mark.parametrize("name", SERVICES)
def test_while_it_stands_still_nothing_hangs_and_nobody_is_stopped(whole: Development, name: str) -> None:
    replica, before, service = whole.replicas[0], _processes(whole), _service(whole, name)
    service.pause()
    # A change waits for the trail and for the catalog, one after the other.
    seconds = 3 * FROZEN_S if name == "postgres" else FROZEN_S
    try:
        seen = watch(replica, READS, ORCHESTRATE, seconds=seconds)
    finally:
        service.resume()
    _serves_on(seen, name)
    replica.wait_ready()
    until(lambda: ask(replica, ORCHESTRATE, "POST").status == 200, BACK_S, what="it can be orchestrated")
    _settle(whole)
    assert _processes(whole) == before


def test_a_wrong_password_is_said_in_a_sentence(whole: Development) -> None:
    replica, right, before = whole.replicas[0], whole.config.read_text(), _processes(whole)
    wrong = yaml.safe_load(right)
    wrong["mqtt"]["password"] = "wrong"
    wrong["catalog"]["url"] = wrong["journal"]["url"] = wrong["catalog"]["url"].replace("s3cret", "wrong")
    replica.program.kill()
    whole.config.write_text(yaml.safe_dump(wrong))
    try:
        replica.start()
        until(lambda: is_live(replica), 30.0, what="it is live")
        for name, said in (("mosquitto", "not authori"), ("postgres", "password authentication failed")):
            until(lambda n=name, s=said: s in missed(replica, n).lower(), 30.0, what=f"it says {said}")
        assert ask(replica, ORCHESTRATE, "POST").status == 503
    finally:
        replica.program.kill()
        whole.config.write_text(right)
        replica.start()
    replica.wait_ready()
    _settle(whole)
    assert _processes(whole) == before


def test_a_catalog_that_is_suddenly_empty_wipes_nothing(whole: Development) -> None:
    replica, before, ids = whole.replicas[0], _processes(whole), _ids(whole, "Thing")
    url = _service(whole, "postgres").url
    execute(url, 'CREATE TABLE saved AS SELECT * FROM "Thing"', 'TRUNCATE "Thing" CASCADE')
    # A server that has just started anew leads once the session of its predecessor has ended.
    until(lambda: ask(replica, RESYNC, "POST").status < 300, 30.0, what="a resync is carried out")
    held = until(lambda: _held(replica), 20.0, what="the removals are held")
    assert held["count"] == len(ids)
    assert not _misserved(whole, "Thing", ids)
    execute(url, 'INSERT INTO "Thing" SELECT * FROM saved', "DROP TABLE saved")
    assert ask(replica, "/v1/api/kinds/Thing/resync", "POST").status < 300
    until(lambda: not _held(replica), 20.0, what="nothing is held any more")
    assert _processes(whole) == before
    assert not _misserved(whole, "Thing", ids)


def test_a_zookeeper_without_its_data_closes_the_kinds_until_the_data_is_back(whole: Development) -> None:
    replica, before, service = whole.replicas[0], _processes(whole), _service(whole, "zookeeper")
    data = whole.folder / "services" / "zookeeper" / "data"
    service.kill()
    shutil.copytree(data, data.with_name("saved"))
    service.restart(wipe=True)
    told = until(lambda: missed(replica, "zookeeper", "empty"), 40.0, what="it says that the store is empty")
    assert "put its data back (import), or remove" in told and "to begin anew" in told
    refused = ask(replica, ORCHESTRATE, "POST")
    assert (refused.status, refused.type) == (503, "application/problem+json")
    assert "the store is empty" in refused.body["detail"]
    assert ask(replica, "/livez").status == 200 and ask(replica, "/readyz").status == 503
    assert not any(_misserved(whole, kind, _ids(whole, kind)) for kind in KINDS)
    service.kill()
    shutil.rmtree(data)
    data.with_name("saved").rename(data)
    service.start()
    replica.wait_ready()
    _settle(whole)
    assert _processes(whole) == before


def _serves_on(seen: Watch, name: str) -> None:
    """Reads are answered soon, with their age where it is not now; writes are answered, or refused."""
    for path, answers in seen.reads.items():
        # The first may be the one that finds out.
        first, *later = [one.took for one in answers]
        assert {one.status for one in answers} == {200}, path
        assert median(later) < 0.5 and max(first, *later) < 5.0, (path, first, later)
    if name == "zookeeper":
        overview = seen.reads["/v1/api/overview"][-1]
        assert overview.age is not None and overview.body["stale"]
    for answer in seen.writes:
        if answer.status != 200:
            assert name in NEEDED_TO_WRITE
            assert (answer.status, answer.type) == (503, "application/problem+json")
            assert answer.body["detail"] and answer.took < 10.0
    assert name not in NEEDED_TO_WRITE or seen.writes[-1].status == 503
    assert seen.cpu < 0.5


@contextmanager
def _gone(service: Any) -> Iterator[None]:
    service.kill()
    try:
        yield
    finally:
        service.start()


def _service(whole: Development, name: str) -> Any:
    return whole.mix.running[name].service


def _held(replica: Replica) -> Any:
    return ask(replica, "/v1/api/kinds/Thing").body["held"]


def _processes(whole: Development) -> frozenset[str]:
    """Those that serve something, by their ledgers; all of them run."""
    served = [audit(read_ledgers(_ledger(whole), kind=kind)).served.get(kind, {}) for kind in KINDS]
    found = frozenset(process for each in served for processes in each.values() for process in processes)
    assert found and all(runs(int(process.rpartition("-")[2])) for process in found)
    return found


def _ledger(whole: Development) -> Path:
    return whole.folder / "services" / "ledger"


def _ids(whole: Development, kind: str) -> frozenset[str]:
    return frozenset(whole.catalog(f'SELECT id FROM "{kind}"'))


def _settle(whole: Development) -> None:
    """Exactly the ids of the catalog are served, by one process each, as ever before."""
    for kind in KINDS:
        ids = _ids(whole, kind)
        until(lambda k=kind, i=ids: not _misserved(whole, k, i), 60.0, what=f"{kind} is served", every=0.3)


def _misserved(whole: Development, kind: str, expected: frozenset[str]) -> list[object]:
    report = audit(read_ledgers(_ledger(whole), kind=kind), expected=expected)
    others = report.served.get(kind, {}).keys() - expected
    return [*report.unserved, *report.double_served, *report.backwards, *others]
