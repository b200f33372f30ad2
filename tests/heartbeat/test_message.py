"""Bytes from workers become beats, or a fault that names the field, the value and what is allowed."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heartbeat.message import MAX_BYTES, decode_topic, encode_topic, stamp
from orchestrator.errors import InvalidMessage
from orchestrator.ports import Beat

GOOD = {"incarnation": 7, "generation": 58, "pending": ["a"], "more": False, "load": {"held": 3}}

beats = st.builds(
    Beat,
    kind=st.from_regex(r"[A-Za-z0-9_.-]{1,40}", fullmatch=True),
    shard=st.integers(0, 10**6),
    received=st.just(5.0),
    incarnation=st.integers(0, 2**40),
    generation=st.integers(-1, 2**40),
    pending=st.frozensets(st.from_regex(r"[a-z0-9é]{1,9}", fullmatch=True), max_size=100),
    more=st.booleans(),
    load=st.dictionaries(st.from_regex(r"[a-z]{1,9}", fullmatch=True), st.integers(0, 10**9), max_size=5),
    weights=st.dictionaries(
        st.from_regex(r"[a-z0-9é]{1,9}", fullmatch=True),
        st.dictionaries(
            st.from_regex(r"[a-z]{1,9}", fullmatch=True), st.integers(0, 10**15), min_size=1, max_size=3
        ),
        max_size=5,
    ),
)


def topic(**fields: object) -> bytes:
    return json.dumps({"resource": "Thing", "instanceId": "3", "Timestamp": "1700000000"} | fields).encode()


def read(body: dict[str, object]) -> Beat:
    return decode_topic(topic(**body), received=5.0)


def test_the_message_of_the_seed_is_a_plain_beat() -> None:
    assert decode_topic(topic(), received=5.0) == Beat(kind="Thing", shard=3, received=5.0)


@pytest.mark.parametrize("shard", ["12", 12])
def test_a_shard_is_a_number_or_its_text(shard: object) -> None:
    assert decode_topic(topic(instanceId=shard), received=5.0).shard == 12


@pytest.mark.parametrize(
    "value",
    [
        "1700000000", "1700000000.0", 1700000000, 1700000000000, "1700000000000",
        "2023-11-14T22:13:20Z", "2023-11-14T22:13:20", "2023-11-15T06:13:20+08:00",
    ],
)  # fmt: skip
def test_every_form_of_a_time_stamp_says_the_same(value: object) -> None:
    assert stamp(value) == 1700000000.0
    decode_topic(topic(Timestamp=value), received=5.0)


@pytest.mark.parametrize("value", ["", "soon", "nan", "inf", -1, None, True, [], "9" * 65, 10**400, "1e300"])
def test_what_is_no_time_stamp_is_refused(value: object) -> None:
    with pytest.raises(InvalidMessage, match="Timestamp"):
        decode_topic(topic(Timestamp=value), received=5.0)


@given(beats)
def test_what_is_encoded_is_read_back(beat: Beat) -> None:
    assert decode_topic(encode_topic(beat, at=1700000000.5), received=5.0) == beat


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe\xfa", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "JSON object"),
        (b"x" * (MAX_BYTES + 1), "at most"),
        (topic(resource=""), "resource is ''"),
        (topic(resource=7), "resource is 7"),
        (topic(resource="a\nb"), "printable"),
        (topic(resource="x" * 200), "1 to 128"),
        (topic(instanceId="iota-dac-3"), "instanceId is 'iota-dac-3'"),
        (topic(instanceId="-1"), "instanceId"),
        (topic(instanceId=True), "instanceId"),
        (topic(instanceId="٣"), "instanceId"),
        (topic(incarnation="7"), "incarnation is '7'"),
    ],
)
def test_what_is_no_message_is_refused(payload: bytes, said: str) -> None:
    with pytest.raises(InvalidMessage) as raised:
        decode_topic(payload, received=5.0)
    assert said in str(raised.value)
    assert len(str(raised.value)) < 400


def test_a_beat_of_ours_says_all_that_an_exchange_says() -> None:
    beat = read(GOOD | {"later": "ignored"})
    assert beat == Beat(
        kind="Thing",
        shard=3,
        received=5.0,
        incarnation=7,
        generation=58,
        pending=frozenset({"a"}),
        load={"held": 3},
    )


def test_a_worker_that_has_applied_nothing_says_minus_one() -> None:
    assert read(GOOD | {"generation": -1}).generation == -1


def test_all_but_the_incarnation_may_be_absent() -> None:
    beat = read({"incarnation": 7})
    assert (beat.generation, beat.pending, beat.more, beat.load) == (None, None, False, {})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"incarnation": -1}, "incarnation is -1"),
        ({"incarnation": True}, "incarnation is True"),
        ({"incarnation": 1.5}, "incarnation is 1.5"),
        ({"generation": -2}, "generation is -2"),
        ({"generation": 2**63}, "whole number"),
        ({"pending": "a"}, "pending is 'a'"),
        ({"pending": [1]}, "pending[0] is 1"),
        ({"pending": ["a", ""]}, "pending[1] is ''"),
        ({"pending": ["\ud800"]}, "not valid Unicode"),
        ({"pending": [str(n) for n in range(101)]}, "has 101 ids, at most 100"),
        ({"pending": [str(n) for n in range(101)], "more": True}, "has 101 ids, at most 100"),
        ({"more": 1}, "more is 1"),
        ({"load": []}, "load is []"),
        ({"load": {"": 1}}, "load names ''"),
        ({"load": {str(n): 1 for n in range(33)}}, "at most 32"),
    ],
)
def test_each_fault_of_a_beat_is_named(change: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidMessage) as raised:
        read(GOOD | change)
    assert said in str(raised.value)
    assert len(str(raised.value)) < 300


@pytest.mark.parametrize("value", [-1, "x" * 500, True, None, float("nan"), float("inf"), 1e300, [1]])
def test_a_load_that_cannot_be_true_is_left_out_and_counted(value: object) -> None:
    beat = read(GOOD | {"load": {"cpu": value, "held": 3, "rate": 2.6}})
    assert (beat.load, beat.impossible) == ({"held": 3, "rate": 3}, 1)


@pytest.mark.parametrize("value", [-1, "x" * 500, True, None, float("nan"), float("inf"), 1e300, [1]])
def test_a_weight_that_cannot_be_one_is_left_out_and_counted(value: object) -> None:
    beat = read(GOOD | {"weights": {"a": {"cpu": value, "rate": 2.6}, "": {"cpu": 1}}})
    assert (beat.weights, beat.unweighable, beat.load) == ({"a": {"rate": 3}}, 2, {"held": 3})


@pytest.mark.parametrize("value", [[], "much", 7])
def test_weights_that_are_none_cost_nobody_his_beat(value: object) -> None:
    beat = read(GOOD | {"weights": value})
    assert (beat.weights, beat.unweighable, beat.generation) == ({}, 1, 58)


def test_a_hundred_pending_ids_are_taken() -> None:
    ids = [f"{n:03}" + "x" * 509 for n in range(100)]
    assert read(GOOD | {"pending": ids, "more": True}).pending == frozenset(ids)


NAMES = st.sampled_from([*GOOD, "resource", "instanceId", "Timestamp"])
VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists)


def survives(payload: bytes) -> None:
    with contextlib.suppress(InvalidMessage):
        decode_topic(payload, received=0.0)


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_raise_invalid_message(payload: bytes) -> None:
    survives(payload)


@given(st.dictionaries(NAMES, VALUES))
def test_no_fields_do_more_than_raise_invalid_message(said: dict[str, object]) -> None:
    survives(json.dumps(said).encode())
