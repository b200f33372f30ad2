"""Our publisher numbers its messages; who does not know the fields reads them as before."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import Engine

from notify.broker import EmbeddedBroker
from notify.message import decode, encode, numbered
from notify.publisher import Relay, create_outbox, prepare_sqlite
from notify.publisher.outbox import append
from orchestrator.core.coverage.sequence import Numbering
from tests.notify.conftest import Reader


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{tmp_path / 'app.db'}")
    prepare_sqlite(engine)
    create_outbox(engine)
    return engine


def write(engine: Engine, first: int, count: int) -> None:
    with engine.begin() as connection:
        append(connection, [encode("c", "Thing", [f"t{number}"]) for number in range(first, first + count)])


def test_a_numbered_message_is_the_same_with_two_more_fields() -> None:
    plain = encode("c", "Thing", ["a"], instance={"name": "ä"}, at=5.0)
    message = numbered(plain, "relay", 7)
    assert json.loads(message) == {**json.loads(plain), "by": "relay", "n": 7}
    read = decode(message)
    assert (read.source, read.number, read.ids, read.stamp) == ("relay", 7, ("a",), 5.0)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ("", None)),
        ({"by": "x"}, ("x", None)),
        ({"by": "x", "n": 0}, ("x", None)),
        ({"by": "x", "n": True}, ("x", None)),
        ({"by": "x", "n": "7"}, ("x", None)),
        ({"by": "x", "n": 2**63}, ("x", None)),
        ({"by": "x" * 65, "n": 7}, ("", None)),
        ({"by": "", "n": 7}, ("", None)),
        ({"by": ["x"], "n": 7}, ("", None)),
    ],
)
def test_a_number_that_is_none_makes_no_message_malformed(
    fields: dict[str, object], expected: tuple[str, int | None]
) -> None:
    read = decode(json.dumps({"o": "c", "t": "Thing", "k": "a", **fields}).encode())
    assert (read.source, read.number) == expected
    assert read.ids == ("a",)


async def test_a_relay_numbers_what_it_sends_from_one_on(
    engine: Engine, broker: EmbeddedBroker, reader: Reader
) -> None:
    write(engine, 0, 250)
    with Relay(engine, broker.endpoint(), poll_s=0.05):
        await reader.until(lambda: len(reader.hints) == 250)
    assert [hint.number for hint in reader.hints] == list(range(1, 251))
    assert len({hint.source for hint in reader.hints}) == 1
    numbering = Numbering()
    for hint in reader.hints:
        assert hint.number is not None
        numbering.take(hint.source, hint.number)
    assert (numbering.gaps, numbering.counted["repeated"]) == (0, 0)


def test_a_message_that_the_broker_did_not_take_keeps_its_number(
    engine: Engine, broker: EmbeddedBroker
) -> None:
    relay = Relay(engine, broker.endpoint())
    rows = [(number, encode("c", "Thing", [f"t{number}"])) for number in range(1, 4)]
    assert relay._published(rows) == []
    assert [relay._number_of(row) for row, _ in rows] == [1, 2, 3]
    assert relay._number_of(4) == 4


def test_numbers_of_rows_that_another_relay_took_are_forgotten(
    engine: Engine, broker: EmbeddedBroker
) -> None:
    relay = Relay(engine, broker.endpoint())
    for row in range(1, 2_000):
        relay._number_of(row)
    assert len(relay._numbers) <= 200
