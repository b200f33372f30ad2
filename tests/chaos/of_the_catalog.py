"""The catalog is suddenly empty; a person lets a great removal go; the same is asked again."""

from __future__ import annotations

import time

from tests.chaos.scenario import Scenario
from tests.chaos.sight import Sight
from tests.chaos.world import KINDS, RESYNC_S
from tests.product.outage import ask
from tests.product.processes import until
from tests.services.zookeeper_client import operator

ROOT = "/iota/orchestration"


def sql_empty(sight: Sight) -> str:
    """The judge of moments knows of no deletion: a TRUNCATE fires no trigger of a row."""
    catalog, before = sight.world.catalog, sight.incarnations()
    ids = {kind: catalog.ids(kind) for kind in KINDS}
    for kind in KINDS:
        catalog.sql(f'CREATE TABLE "saved{kind}" AS SELECT * FROM "{kind}"')
    began = time.time()
    catalog.sql('TRUNCATE "Thing", "Rule"')
    try:
        for kind in KINDS:
            held = until(lambda k=kind: sight.held(k), RESYNC_S + 15.0, what=f"removals of {kind} are held")  # type: ignore[misc]
            assert held["count"] == len(ids[kind]), held
        time.sleep(RESYNC_S)
        served = {(hold.kind, hold.id) for hold in sight.holds() if hold.until >= time.time() - 2.0}
        assert served >= {(kind, one) for kind in KINDS for one in ids[kind]}, "served on"
        lasted = time.time() - began
    finally:
        for kind in KINDS:
            catalog.sql(f'INSERT INTO "{kind}" SELECT * FROM "saved{kind}"')
            catalog.sql(f'DROP TABLE "saved{kind}"')
    for kind in KINDS:
        until(lambda k=kind: not sight.held(k), RESYNC_S + 15.0, what=f"nothing of {kind} is held")  # type: ignore[misc]
    assert sight.incarnations() == before, "an instance was replaced"
    return f"empty for {lasted:.0f} s: {sum(map(len, ids.values()))} removals held, none made"


def override(sight: Sight) -> str:
    catalog = sight.world.catalog
    gone = sorted(catalog.ids("Rule"))
    catalog.remove("Rule", gone[: len(gone) * 3 // 4], announced=False)
    held = until(lambda: sight.held("Rule"), RESYNC_S + 15.0, what="the removals are held")
    path = "/v1/api/kinds/Rule/removals/accept"
    wrong, _ = sight.post(path, {"digest": "0" * len(held["digest"]), "count": held["count"]})
    assert wrong == 409, wrong
    status, told = sight.post(path, {"digest": held["digest"], "count": held["count"]})
    assert status == 200, (status, told)
    again, _ = sight.post(path, {"digest": held["digest"], "count": held["count"]})
    assert again == 409, again
    until(lambda: not sight.wrong(), 40.0, what="they are let go", every=0.3)
    lines = sight.journal("Rule", "input-accept-removals")
    # The one that was refused is told too, the latest first: accepted, accepted again, wrong.
    (*_, line) = (one for one in lines if one["detail"] == held["digest"])
    assert line["actor"] and line["count"] == held["count"], line
    for one in gone[: len(gone) * 3 // 4]:
        catalog.sql("INSERT INTO \"Rule\" (id, name) VALUES (%s, '')", one)
    return (
        f"{held['count']} held; 409 for another digest, 200 once; journal: {line['verb']} by {line['actor']}"
    )


def noop(sight: Sight) -> str:
    path = "/v1/api/orchestrations/{}/orchestrate"
    for kind in KINDS:
        assert ask(sight.leader(), path.format(kind), "POST").status == 200
    for kind in KINDS:
        until(lambda k=kind: not sight.kind(k)["orchestrating"], 60.0, what=f"{kind} is balanced")  # type: ignore[misc]
    sight.settle()
    time.sleep(2.0)
    before, pids = _written(sight), sight.incarnations()
    for _ in range(5):
        for kind in KINDS:
            answer = ask(sight.leader(), path.format(kind), "POST")
            assert answer.status == 200, answer
    time.sleep(3.0)
    assert _written(sight) == before, "ids were written"
    assert sight.incarnations() == pids
    return f"10 more orchestrations: none of {len(before)} documents of ids and generations written"


def _written(sight: Sight) -> dict[str, int]:
    """The last transaction of each document that holds ids or a generation."""
    found = {}
    with operator(sight.world.zookeeper.address) as client:
        client.sync(ROOT)
        waiting = [f"{ROOT}/{kind}" for kind in KINDS]
        while waiting:
            path = waiting.pop()
            if "/resources" in path or path.endswith("/_reload"):
                found[path] = client.get(path)[1].mzxid
            waiting += [f"{path}/{name}" for name in client.get_children(path)]
    return found


SQL_EMPTY = Scenario(
    name="sql-empty-no-wipe",
    did="both tables of the catalog truncated; later their rows are back",
    run=sql_empty,
    unserved_s=1.0,
)
OVERRIDE = Scenario(
    name="operator-override-audited",
    did="three quarters of a kind deleted, announced by nobody; a person accepts exactly that",
    run=override,
    unserved_s=RESYNC_S + 25.0,
)
NOOP = Scenario(
    name="re-orchestrate-noop",
    did="both kinds orchestrated again and again with what is in force",
    run=noop,
    unserved_s=5.0,
)
