"""What the catalog says decides: without messages, against a wipe, and while it cannot be read."""

from __future__ import annotations

import pytest

from tests.product.processes import until
from tests.product.product import Product

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_changes_that_nobody_announced_are_found_by_a_resync(product: Product) -> None:
    product.sql("INSERT INTO Thing (id, name, created) VALUES ('unannounced', '', '2026-01-01')")
    gone = sorted(product.catalog_ids("Thing"))[0:20]
    # At once: a resync between two deletions would measure its budget by what is left.
    product.sql(f"DELETE FROM Thing WHERE id IN ({','.join('?' * len(gone))})", *gone)
    done = product.cli("resync", "Thing")
    assert done.code == 0, done.err
    product.settle("Thing")
    product.assert_served_once(within=10.0)
    found = product.cli("explain", "Thing", "unannounced", "-o", "json")
    assert (found.code, found.json["state"]) == (0, "owned")
    assert product.get(f"/v1/api/kinds/Thing/resources/{gone[0]}").status == 404


def test_removals_beyond_the_budget_are_held_until_a_person_accepts_exactly_those(product: Product) -> None:
    gone = sorted(product.catalog_ids("Thing"))[:150]
    # At once: a resync between two deletions would measure its budget by what is left.
    product.sql(f"DELETE FROM Thing WHERE id IN ({','.join('?' * len(gone))})", *gone)
    assert product.cli("resync", "Thing").code == 0
    held = until(
        lambda: product.get("/v1/api/kinds/Thing/removals").json["held"], 20.0, what="removals are held"
    )
    assert held["count"] == 50
    assert product.cli("status").code == 1
    _accept(product)
    product.settle("Thing")
    product.assert_served_once(within=10.0)
    assert product.cli("removals", "show", "Thing").code == 0


def test_a_wipe_is_held_shown_and_let_go_only_when_it_is_accepted(product: Product) -> None:
    rules = product.catalog_ids("Rule")
    product.sql("DELETE FROM Rule")
    assert product.cli("resync", "Rule").code == 0
    shown = until(
        lambda: (answer := product.cli("removals", "show", "Rule", "-o", "json")).code == 1 and answer.json,
        20.0,
        what="the wipe is held",
    )
    assert shown["count"] == len(rules)
    assert product.served_ids("Rule") == rules
    alarm = product.cli("status")
    assert (alarm.code, "HELD" in alarm.out or "held" in alarm.out) == (1, True)
    wrong = product.cli("removals", "accept", "Rule", "--digest", "0" * 16, "--count", "300")
    assert wrong.code == 3
    assert product.served_ids("Rule") == rules
    _accept(product, "Rule")
    until(lambda: not product.served_ids("Rule"), 20.0, what="no Rule is served")
    assert product.cli("status").code == 0


def test_a_catalog_that_cannot_be_read_removes_nothing_and_heals(product: Product) -> None:
    things = product.catalog_ids("Thing")
    aside = product.catalog.with_name("aside.db")
    for damage in (None, b"", b"this is no database" * 100):
        # the write-ahead log belongs to the file that is taken away
        product.sql("PRAGMA wal_checkpoint(TRUNCATE)")
        product.catalog.rename(aside)
        _remove_logs(product)
        if damage is not None:
            product.catalog.write_bytes(damage)
        refused = product.cli("resync", "Thing")
        assert refused.code == 4, refused
        status = product.cli("status")
        assert status.code == 1
        assert "catalog Thing" in status.out
        assert product.kind("Thing")["counts"]["held"] == 0
        assert product.served_ids("Thing") == things
        _remove_logs(product)
        aside.replace(product.catalog)
        until(lambda: product.cli("resync", "Thing").code == 0, 30.0, what="the catalog can be read")
        until(lambda: product.cli("status").code == 0, 30.0, what="the status is well again")
    product.settle()
    product.assert_served_once(within=10.0)
    assert product.stop() == 0


def _remove_logs(product: Product) -> None:
    for tail in ("-wal", "-shm"):
        product.catalog.with_name(product.catalog.name + tail).unlink(missing_ok=True)


def _accept(product: Product, kind: str = "Thing") -> None:
    held = product.get(f"/v1/api/kinds/{kind}/removals").json["held"]
    done = product.cli("removals", "accept", kind, "--digest", held["digest"], "--count", str(held["count"]))
    assert done.code == 0, done.err
