"""Ids of any text by every door, a row, a message, a path: they are placed or named, and no more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from orchestrator.core.model import id_fault
from tests.hostile.publisher import publisher
from tests.product.processes import until
from tests.product.product import Product

GOOD = (
    ".",
    "..",
    "../../etc/passwd",
    "a/b",
    "%2e%2e%2f%00",
    "{id}",
    "{{7*7}}",
    "${jndi:ldap://x}",
    "$(touch /tmp/x)",
    "`id`",
    "'; DROP TABLE Thing; --",
    '"><script>alert(1)</script>',
    "a?b#c&d=e;f+g",
    " leading and trailing ",
    "\u202eright to left",
    "zero\u200bwidth",
    "\ufeffmark",
    "line\u2028separator",
    "caf\u00e9",
    "cafe\u0301",
    "设备-0001",
    "🧵" * 128,
    "x" * 512,
    "orchestrate",
    "NaN",
    "null",
    "-1",
)
BAD = (
    "",
    "x" * 513,
    "y" * 10_000,
    "a\r\nb",
    "a\nSet-Cookie: x",
    "\x1b[31mred\x1b[0m",
    "nul\0nul",
    "\x7f",
    "c1\x9b2J",
)
BROKEN = ("61EDA080", "62FF", "C0AF")
"""Bytes that are no UTF-8: lone surrogates, no beginning, an overlong slash."""

INSERT = "INSERT INTO \"Thing\" (id, name, created) VALUES ({}, '', '2026-01-01 00:00:00')"
ANSI = ("\x1b", "\x9b", "\u202e", "\u2028")


@pytest.fixture(scope="module")
def hostile(shared: Product) -> Iterator[Product]:
    """A server whose catalog holds all of them, announced and then compared."""
    for one in (*GOOD, *BAD):
        shared.sql(INSERT.format("?"), one)
    for one in BROKEN:
        shared.sql(INSERT.format(f"CAST(X'{one}' AS TEXT)"))
    with publisher(shared) as client:
        for one in (*GOOD, *BAD):
            payload = json.dumps({"o": "c", "t": "Thing", "k": {"id": one}}).encode()
            client.publish("cm/notify", payload, qos=1).wait_for_publish(20.0)
        client.publish("cm/notify", b'{"o":"c","t":"Thing","k":{"id":"a\\ud800"}}', qos=1).wait_for_publish(
            20.0
        )
    assert shared.post("/v1/api/kinds/Thing/resync").status == 200
    until(lambda: set(GOOD) <= shared.served_ids("Thing"), 60.0, what="the good ones are served")
    yield shared


def test_the_core_agrees_on_which_are_ids() -> None:
    assert [one for one in GOOD if id_fault(one)] == []
    assert [one for one in BAD if not id_fault(one)] == []


def test_each_that_is_an_id_is_served_once_and_no_other_is(hostile: Product) -> None:
    served = hostile.served_ids("Thing")
    assert set(GOOD) <= served
    assert not [one for one in served if id_fault(one)]
    ordinary = {one for one in hostile.served_ids("Thing") if one.startswith("thing-")}
    assert len(ordinary) == 2_000
    report = hostile.audit("Thing")
    assert (report.double_served, report.double_now, report.backwards) == ((), (), ())


def test_those_that_are_none_are_named_with_the_reason(hostile: Product) -> None:
    count = len(BAD) + len(BROKEN)
    until(lambda: hostile.kind("Thing")["counts"]["unowned"] == count, 20.0, what="they count as unowned")
    found = hostile.kind("Thing")
    assert found["verdict"] == "no"
    assert [one["reason"] for one in found["unplaced"]] == ["unfit-id"] * count
    assert hostile.cli("status").code == 1
    for one in ("x" * 513, "\x1b[31mred\x1b[0m"):
        told = hostile.cli("explain", "Thing", one)
        assert "control characters" in told.out and one not in told.out[600:], told


def test_a_path_finds_an_id_and_nothing_else(hostile: Product) -> None:
    for one in GOOD:
        for path in ("/v1/api/kinds/Thing/resources/{}", "/v1/api/orchestrations/Thing/{}/instances"):
            answer = hostile.get(path.format(quote(one, safe="")))
            # Clients resolve dots before they ask; in a query they stand.
            if one not in (".", ".."):
                assert answer.status == 200, (one, answer)
        found = hostile.get(f"/v1/api/resources?id={quote(one, safe='')}").json["items"]
        assert [(item["id"], item["kind"]) for item in found] == [(one, "Thing")]
    for one in ("%ED%A0%80", "%FF", "%00", quote("y" * 10_000), quote("a\r\nb")):
        answer = hostile.get(f"/v1/api/kinds/Thing/resources/{one}")
        assert answer.status in (200, 404), answer
        assert answer.status == 404 or answer.json["state"] != "owned"
        assert hostile.get(f"/v1/api/kinds/{one}").status in (400, 404)


def test_no_terminal_and_no_log_obeys_them(hostile: Product) -> None:
    said = hostile.said()
    for words in (
        "status",
        "get shards Thing",
        "events --limit 500",
        "explain Thing",
        "logs Thing/0",
        "removals show Thing",
        "doctor",
    ):
        named = ("explain", "Thing", "\u202eright to left") if words.startswith("explain") else words.split()
        done = hostile.cli(*named)
        said += done.out + done.err
    assert not [char for char in ANSI if char in said]
    assert "\nSet-Cookie" not in said
    for line in hostile.said().splitlines():
        assert line.startswith(("{", "api.", "orchestrator.", "notify.", "asyncio", "amqtt")), line


def test_they_are_text_in_every_answer_and_in_no_metric(hostile: Product) -> None:
    for path in ("/v1/api/overview", "/v1/api/kinds/Thing", "/v1/api/events?limit=500", "/v1/api/instances"):
        text = hostile.get(path).text
        assert json.loads(text)
        assert not [char for char in ("\x1b", "\r") if char in text]
    metrics = hostile.get("/metrics").text
    # One of them is a word of ours, too.
    assert not [one for one in GOOD if len(one) > 4 and one in metrics and one != "orchestrate"]


def test_they_leave_as_they_came(hostile: Product) -> None:
    hostile.sql("DELETE FROM \"Thing\" WHERE id NOT LIKE 'thing-%'")
    with publisher(hostile) as client:
        for one in GOOD:
            # Each deletion has its witness: no budget of removals holds it.
            payload = json.dumps({"o": "d", "t": "Thing", "k": {"id": one}}).encode()
            client.publish("cm/notify", payload, qos=1).wait_for_publish(20.0)
    hostile.post("/v1/api/kinds/Thing/resync")
    hostile.settle("Thing")
    hostile.assert_served_once(within=20.0)
    assert hostile.kind("Thing")["counts"]["unowned"] == 0
