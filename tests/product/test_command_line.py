"""Every command typed by hand against a running server, and without one."""

from __future__ import annotations

import json

import pytest

from tests.product.conftest import NewProduct
from tests.product.product import Product

READING = [
    ("status",),
    ("get", "kinds"),
    ("get", "shards"),
    ("get", "shards", "Thing"),
    ("get", "instances"),
    ("get", "instances", "Rule"),
    ("explain", "Thing", "thing-000001"),
    ("events", "--limit", "5"),
    ("events", "--kind", "Rule", "--limit", "3"),
    ("logs", "Thing/0"),
    ("removals", "show", "Thing"),
    ("orchestrate", "Thing", "--dry-run"),
    ("resync", "Rule"),
    ("config", "check"),
    ("doctor",),
    ("version",),
]


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_a_command_that_reads_prints_a_table_or_json_and_exits_with_0(
    shared: Product, words: tuple[str, ...]
) -> None:
    for form in ("table", "json"):
        done = shared.cli(*words, "-o", form)
        assert done.code == 0, done
        assert "Traceback" not in done.err
        if form == "json":
            json.loads(done.out)
        else:
            assert "\x1b" not in done.out


def test_the_demo_adds_and_removes_what_is_then_owned_and_released(shared: Product) -> None:
    before = shared.catalog_ids("Thing")
    added = shared.cli("demo", "add", "Thing", "50", "-o", "json")
    assert (added.code, len(added.json["created"])) == (0, 50)
    shared.settle()
    shared.assert_served_once(within=10.0)
    removed = shared.cli("demo", "remove", "Thing", "50", "-o", "json")
    assert (removed.code, set(removed.json["deleted"])) == (0, set(added.json["created"]))
    shared.settle()
    shared.assert_served_once(within=10.0)
    assert shared.catalog_ids("Thing") == before


def test_orchestrating_what_is_in_place_moves_nothing(shared: Product) -> None:
    done = shared.cli("orchestrate", "Thing", "--max-instances", "100", "-o", "json")
    assert (done.code, done.json["moves"], done.json["changed"]) == (0, 0, False)


def test_exit_codes_tell_what_happened(shared: Product) -> None:
    would_change = shared.cli("orchestrate", "Thing", "--resource-per-instance", "100", "--dry-run")
    assert would_change.code in (0, 1), would_change
    for words, code in (
        (("explain", "Thing", "no such thing"), 1),
        (("get", "shards", "Nothing"), 1),
        (("get", "nothing"), 2),
        (("orchestrate",), 2),
        (("orchestrate", "Thing", "--max-instances", "many"), 2),
        (("orchestrate", "Thing", "--max-instances", "1000"), 3),
        (("orchestrate", "Thing", "--max-instances", "3", "--resource-per-instance", "10"), 3),
        (("removals", "accept", "Thing", "--digest", "0" * 16, "--count", "1"), 3),
        (("demo", "add", "Thing", "0"), 2),
        (("demo", "add", "Nothing", "1"), 1),
        (("--server", "http://127.0.0.1:1", "status"), 4),
        (("--server", "not an address at all", "status"), 2),
        (("--server", "http://127.0.0.1:99999", "status"), 2),
        (("logs", "Thing/4000"), 1),
        (("logs", "Thing", "none"), 2),
    ):
        done = shared.cli(*words)
        assert done.code == code, (words, done)
        assert done.out == "" or code == 1
        assert "Traceback" not in done.err
        assert done.err or code == 1


def test_the_log_of_an_instance_names_its_incarnation(shared: Product) -> None:
    done = shared.cli("logs", "Thing", "0")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("--- incarnation 1\n")


def test_help_is_there_for_every_command(shared: Product) -> None:
    assert shared.cli("--help").code == 0
    for words in {words[:1] for words in READING} | {("demo",), ("removals",), ("run",)}:
        done = shared.cli(*words, "--help")
        assert (done.code, "Usage" in done.out) == (0, True)


def test_without_a_server_a_command_says_so_and_exits_with_4(new_product: NewProduct) -> None:
    product = new_product()
    for words in (("status",), ("get", "kinds"), ("orchestrate", "Thing"), ("demo", "add", "Thing", "1")):
        done = product.cli(*words)
        assert (done.code, done.out) == (4, ""), done
        assert 1 <= len(done.err.splitlines()) <= 4
