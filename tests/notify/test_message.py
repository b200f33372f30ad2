"""The wire forms: what is understood, what is refused, and what only asks for a resync."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notify.message import MAX_MESSAGE_BYTES, MAX_NAMED_IDS, decode, encode
from orchestrator.core.model import id_fault
from orchestrator.errors import InvalidMessage
from orchestrator.ports import Notification, Witness


def wire(**fields: object) -> bytes:
    return json.dumps(fields).encode()


@pytest.mark.parametrize(
    ("operation", "witness"),
    [
        ("c", Witness.CREATED),
        ("u", Witness.UPDATED),
        ("d", Witness.DELETED),
        ("bc", Witness.CREATED),
        ("bu", Witness.UPDATED),
        ("bd", Witness.DELETED),
    ],
)
def test_each_operation_carries_its_claim(operation: str, witness: Witness) -> None:
    assert decode(wire(o=operation, t="Thing", k="a")).witness is witness
    assert decode(wire(o=operation, t="Thing")) == Notification(table="Thing", witness=witness)


@pytest.mark.parametrize(
    ("fields", "ids"),
    [
        ({"k": "a"}, ("a",)),
        ({"k": 7}, ("7",)),
        ({"k": {"id": "a"}}, ("a",)),
        ({"k": {"id": 7, "name": "x"}, "instance": {"id": 8}}, ("7",)),
        ({"keys": ["a", 2, {"id": "c"}]}, ("a", "2", "c")),
        ({"keys": ["a", "a"]}, ("a",)),
        ({"where": {"id": 5}}, ("5",)),
        ({"where": {"id": "a"}}, ("a",)),
        ({"where": {"id": ["a", "b"]}}, ("a", "b")),
        ({"where": {"id": {"$in": ["a", 2]}}}, ("a", "2")),
        ({"where": {"id": {"in": ["a"]}}}, ("a",)),
    ],
)
def test_ids_are_named_by_key_keys_and_where_on_the_id_column(fields: dict, ids: tuple[str, ...]) -> None:
    assert decode(wire(o="bd", t="Thing", **fields)).ids == ids


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"where": {}},
        {"where": None},
        {"where": {"name": "a"}},
        {"where": {"id": "a", "name": "b"}},
        {"where": {"id": {"$gt": 5}}},
        {"where": {"id": {"$in": ["a"], "$ne": "a"}}},
        {"where": {"id": {}}},
        {"where": {"id": None}},
        {"where": {"id": []}},
        {"where": {"id": [["a"]]}},
        {"where": [1]},
        {"keys": [str(n) for n in range(MAX_NAMED_IDS + 1)]},
    ],
)
def test_what_does_not_name_its_ids_asks_for_a_resync(fields: dict) -> None:
    assert decode(wire(o="bd", t="Thing", **fields)).ids == ()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b'"c"',
        b"{",
        b"\xff\xfe",
        '{"o":"c","t":"T","k":"a"}'.encode("utf-16"),
        wire(o="x", t="Thing", k="a"),
        wire(o=["c"], t="Thing", k="a"),
        wire(o="toString", t="Thing"),
        wire(t="Thing", k="a"),
        wire(o="c", k="a"),
        wire(o="c", t=5, k="a"),
        wire(o="c", t="", k="a"),
        wire(o="c", t="Thing", k=None),
        wire(o="c", t="Thing", k=True),
        wire(o="c", t="Thing", k=1.5),
        wire(o="c", t="Thing", k=""),
        wire(o="c", t="Thing", k="a\x00b"),
        wire(o="c", t="Thing", k="a" * 513),
        wire(o="c", t="Thing", k=["a"]),
        wire(o="c", t="Thing", k={"name": "a"}),
        wire(o="c", t="Thing", k={"id": {"id": "a"}}),
        wire(o="bc", t="Thing", keys="a"),
        wire(o="bc", t="Thing", keys=["a", None]),
        wire(o="bd", t="Thing", where={"id": True}),
        wire(o="bd", t="Thing", where={"id": [1.5]}),
        b'{"o":"c","t":"Thing","k":NaN}',
        b'{"o":"c","t":"Thing","k":"\\ud800"}',
        b'{"o":"c","t":"Thing","k":' + b"9" * 5000 + b"}",
        b'{"o":"c","t":"Thing","k":' + b"[" * 100_000 + b"}",
        wire(o="c", t="Thing", k="a", instance="x" * MAX_MESSAGE_BYTES),
    ],
)
def test_what_is_no_message_is_refused_with_a_reason(raw: bytes) -> None:
    with pytest.raises(InvalidMessage) as refused:
        decode(raw)
    assert str(refused.value)
    assert len(str(refused.value)) < 300


def test_the_id_column_can_be_another_and_differ_by_table() -> None:
    assert decode(wire(o="d", t="Thing", k={"uuid": "a"}), id_column="uuid").ids == ("a",)
    columns = {"Thing": "uuid"}
    assert decode(wire(o="bd", t="Thing", where={"uuid": "a"}), id_column=columns).ids == ("a",)
    assert decode(wire(o="bd", t="Thing", where={"id": "a"}), id_column=columns).ids == ()
    assert decode(wire(o="bd", t="Rule", where={"id": "a"}), id_column=columns).ids == ("a",)


def test_the_stamp_is_seconds_and_a_senseless_one_is_left_out() -> None:
    assert decode(wire(o="c", t="Thing", k="a", at=1_700_000_000_123)).stamp == 1_700_000_000.123
    for at in ("now", True, -1, 1e300, None):
        assert decode(wire(o="c", t="Thing", k="a", at=at)).stamp is None


def test_a_single_operation_names_one_id() -> None:
    with pytest.raises(ValueError, match="names one id"):
        encode("c", "Thing", ["a", "b"])


placeable = st.text(min_size=1, max_size=60).filter(lambda text: id_fault(text) is None)


@given(
    operation=st.sampled_from(["c", "u", "d", "bc", "bu", "bd"]),
    table=placeable,
    ids=st.lists(placeable | st.integers(-(2**63), 2**63), max_size=20, unique_by=str),
    at=st.none() | st.integers(0, 4 * 10**12).map(lambda ms: ms / 1000),
)
def test_what_is_encoded_is_decoded_alike(
    operation: str, table: str, ids: list[str | int], at: float | None
) -> None:
    named = ids[:1] if len(operation) == 1 else ids
    seen = decode(encode(operation, table, named, instance={"name": "x"} if named else None, at=at))
    assert (seen.table, seen.ids, seen.stamp) == (table, tuple(str(value) for value in named), at)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "$in", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.binary(max_size=200))
@example(b'{"o":"c","t":"T","k":1e999}')
def test_arbitrary_bytes_raise_nothing_but_invalid_message(raw: bytes) -> None:
    try:
        decode(raw)
    except InvalidMessage as exc:
        assert str(exc)


@given(
    st.fixed_dictionaries(
        {"o": st.sampled_from(["c", "bd", "z"]) | json_values, "t": st.just("Thing") | json_values},
        optional={"k": json_values, "keys": json_values, "where": json_values, "at": json_values},
    )
)
def test_arbitrary_documents_give_usable_ids_or_invalid_message(document: dict) -> None:
    try:
        seen = decode(json.dumps(document).encode())
    except InvalidMessage:
        return
    assert all(id_fault(value) is None for value in seen.ids)


def test_a_single_message_is_decoded_in_microseconds() -> None:
    raw = encode("c", "Thing", ["thing-000042"], instance={"id": "thing-000042", "name": "x"}, at=1.7e9)
    best = min(timed(raw) for _ in range(5))
    assert best < 500e-6, f"{best * 1e6:.1f} µs"


def timed(raw: bytes) -> float:
    began = time.perf_counter()
    for _ in range(1000):
        decode(raw)
    return (time.perf_counter() - began) / 1000


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (
            '"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"',
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ),
        ('"00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"', ""),
        ('"nonsense"', ""),
        ("17", ""),
    ],
)
def test_a_trace_context_goes_along_where_it_is_one(given: str, taken: str) -> None:
    message = '{"o":"c","t":"Thing","k":"a","traceparent":' + given + "}"
    assert decode(message.encode()).trace == taken
