"""For each runbook: the trouble that it tells of is made, the page is followed, and the trouble is over."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from tests.observability.runbook import Runbook
from tests.observability.troubled import Troubled
from tests.product.processes import until

Trial = Callable[[Troubled], None]


def too_many(product: Troubled) -> None:
    """More resources than the shards that a kind may have can hold."""
    with Runbook("ShardwrightResourcesUnowned", product) as book:
        _fill_up(product, "Rule", above=40)
        book.fires()
        book.do("Look")
        book.do("More room")
        book.is_over()


def nearly_full(product: Troubled) -> None:
    """As many shards as there may be, and hardly any room left."""
    with Runbook("ShardwrightFull", product) as book:
        _fill_up(product, "Rule", above=-12)
        book.fires()
        book.do("Look")
        book.do("More room")
        book.is_over()


def _fill_up(product: Troubled, kind: str, above: int) -> None:
    """Add rows until there are so many more than fit."""
    found = product.get(f"/v1/api/orchestrations/{kind}").json
    room = found["maxInstances"] * found["resourcePerInstance"]
    product.fill(kind, room + above - len(product.catalog_ids(kind)))
    assert product.resync(kind).status < 300


def two_instances(product: Troubled) -> None:
    """The former instance of a shard does not heed that its time is over."""
    with Runbook("ShardwrightResourcesDoubleOwned", product) as book:
        with product.stray("Thing", 1) as stray:
            book.fires()
            book.do("Look")
            book.do("End it", {"2711": str(stray.pid)})
            assert stray.wait(10.0) == -9
        book.is_over()


def store_away(product: Troubled) -> None:
    """ZooKeeper is away."""
    names, before = ("ShardwrightNobodyLeads", "ShardwrightCannotDecide"), product.pids()
    with Runbook(names[0], product) as nobody, Runbook(names[1], product) as undecided:
        product.zookeeper.kill()
        try:
            nobody.fires()
            nobody.do("Look")
            undecided.fires()
            undecided.do("Look")
        finally:
            product.zookeeper.start()
        nobody.is_over()
        undecided.is_over()
    assert product.pids() == before


def catalog_away(product: Troubled) -> None:
    """A migration has renamed the table of Things; meanwhile some are created."""
    names = "ShardwrightDependencyAway", "ShardwrightAuditOld", "ShardwrightSlowToOwn"
    with (
        Runbook(names[0], product) as away,
        Runbook(names[1], product) as old,
        Runbook(names[2], product) as slow,
    ):
        product.sql('ALTER TABLE "Thing" RENAME TO "Thing2"')
        try:
            new = [f"thing-new-{number}" for number in range(20)]
            for one in new:
                product.sql(f"INSERT INTO \"Thing2\" (id, name, created) VALUES ('{one}', '', '2026-01-01')")
            product.announce(new)
            began = time.monotonic()
            away.fires()
            away.do("Look")
            assert product.resync("Thing").status == 503
            old.fires()
            old.do("Look")
            time.sleep(max(0.0, began + 6.0 - time.monotonic()))
        finally:
            product.sql('ALTER TABLE "Thing2" RENAME TO "Thing"')
        away.is_over()
        old.do("Compare")
        old.is_over()
        slow.fires()
        slow.do("Look")
        slow.is_over()


def wiped(product: Troubled) -> None:
    """Somebody empties the table of Things; it is filled again. Then most are removed indeed."""
    with Runbook("ShardwrightRemovalsHeld", product) as held, Runbook("ShardwrightAlarms", product) as alarms:
        product.sql('CREATE TABLE saved AS SELECT * FROM "Thing"')
        product.sql('DELETE FROM "Thing"')
        product.resync("Thing")
        held.fires()
        alarms.fires()
        alarms.do("Look")
        held.do("Look")
        product.sql('INSERT INTO "Thing" SELECT * FROM saved')
        product.sql("DROP TABLE saved")
        held.do("The catalog is wrong")
        alarms.is_over()
        product.sql("DELETE FROM \"Thing\" WHERE id > 'thing-000500'")
        product.resync("Thing")
        held.fires()
        shown = product.cli("removals", "show", "Thing").out
        digest, count = re.findall(r"--digest (\w+) --count (\d+)", shown)[0]
        held.do("The catalog is right", {"20c1e5d6912099cb": digest, "1500": count})
        held.is_over()


def kept_down(product: Troubled) -> None:
    """Something kills the instance of a shard, whenever it is started."""
    with Runbook("ShardwrightInstancesLost", product) as book:
        with product.killed("Thing", 2):
            book.fires()
            book.do("Look")
        book.is_over()


def poisoned(product: Troubled) -> None:
    """A resource ends the instance that takes it up; a person has set another one apart."""
    with Runbook("ShardwrightPoisonSuspected", product) as book:
        product.sql("INSERT INTO \"Thing\" (id, name, created) VALUES ('bad/1', '', '2026-01-01')")
        product.resync("Thing")
        done = product.cli("quarantine", "add", "Thing", "thing-000007", "--why", "smells")
        assert done.code == 0, done
        path = "/v1/api/kinds/Thing/quarantine"
        until(lambda: len(product.get(path).json["items"]) == 2, 90.0, what="both are in quarantine")
        book.fires()
        book.do("Look")
        product.sql("DELETE FROM \"Thing\" WHERE id = 'bad/1'")
        book.do("Deleted")
        book.do("Mended")
        book.is_over()


def journal_locked(product: Troubled) -> None:
    """A backup holds the database of the journal; more happens meanwhile than is kept in memory."""
    with Runbook("ShardwrightHistoryLost", product) as book:
        with product.locked("journal.db"):
            product.forget("Rule")
            book.fires()
            book.do("Look")
        book.is_over()


TRIALS: dict[str, Trial] = {
    "ShardwrightResourcesUnowned": too_many,
    "ShardwrightResourcesDoubleOwned": two_instances,
    "ShardwrightNobodyLeads": store_away,
    "ShardwrightCannotDecide": store_away,
    "ShardwrightDependencyAway": catalog_away,
    "ShardwrightAlarms": wiped,
    "ShardwrightInstancesLost": kept_down,
    "ShardwrightRemovalsHeld": wiped,
    "ShardwrightAuditOld": catalog_away,
    "ShardwrightSlowToOwn": catalog_away,
    "ShardwrightPoisonSuspected": poisoned,
    "ShardwrightFull": nearly_full,
    "ShardwrightHistoryLost": journal_locked,
}
"""By the name of the alert; one trouble may raise several."""
