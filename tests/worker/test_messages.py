"""The JSON of the protocol and the variables of the environment."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shardwright_worker import Identity, InvalidIdentity, Token
from shardwright_worker.protocol import (
    Answer,
    Beat,
    Difference,
    MalformedAnswer,
    Terms,
    Whole,
    decode_answer,
)

ANSWER: dict[str, Any] = {
    "generation": 58,
    "commit": 912,
    "lease": 15.0,
    "interval": 5,
    "onLoss": "serve",
    "awayLimit": 60.0,
    "whole": True,
    "ids": ["a", "b"],
}
ENVIRONMENT = {
    "SHARDWRIGHT_KIND": "Thing",
    "SHARDWRIGHT_SHARD": "3",
    "SHARDWRIGHT_INCARNATION": "12",
    "SHARDWRIGHT_URL": "http://127.0.0.1:8080/",
    "SHARDWRIGHT_TOKEN": "secret",
}


def test_a_beat_is_encoded_as_the_protocol_spells_it() -> None:
    beat = Beat(12, 57, ("a",), False, 230, 1)
    assert json.loads(beat.encode()) == {
        "incarnation": 12,
        "generation": 57,
        "pending": ["a"],
        "more": False,
        "load": {"held": 230, "acquiring": 1},
    }


def test_a_whole_answer_is_decoded() -> None:
    expected = Answer(58, 912, Terms(15.0, 5.0, False, 60.0), Whole(("a", "b")))
    assert decode_answer(json.dumps(ANSWER).encode()) == expected


def test_a_difference_is_decoded_and_unknown_fields_are_ignored() -> None:
    said = {**ANSWER, "whole": False, "base": 57, "add": ["c"], "remove": [], "onLoss": "stop", "new": 1}
    said["awayLimit"] = None
    expected = Answer(58, 912, Terms(15.0, 5.0, True, None), Difference(57, ("c",), ()))
    assert decode_answer(json.dumps(said).encode()) == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("generation", "58"),
        ("generation", True),
        ("commit", None),
        ("lease", 0),
        ("lease", "15"),
        ("interval", -1),
        ("interval", float("nan")),
        ("onLoss", "panic"),
        ("awayLimit", 0),
        ("whole", 1),
        ("ids", "ab"),
        ("ids", [1]),
    ],
)
def test_a_field_of_the_wrong_type_or_range_is_malformed(name: str, value: object) -> None:
    with pytest.raises(MalformedAnswer, match=name):
        decode_answer(json.dumps({**ANSWER, name: value}).encode())


def test_a_later_commit_outweighs_a_higher_incarnation() -> None:
    assert Token(2, 1) > Token(1, 2)


def test_an_identity_is_read_by_name() -> None:
    identity = Identity.from_environment(ENVIRONMENT | {"SHARDWRIGHT_AWAY_LIMIT": "60"})
    assert identity == Identity("Thing", 3, 12, "http://127.0.0.1:8080/", "secret", 60.0)
    assert identity.sync_urls == ("http://127.0.0.1:8080/v1/worker/Thing/3/sync",)


def test_an_identity_has_as_many_addresses_as_are_named() -> None:
    named = "http://a:8080, https://b/prefix/,http://a:8080/"
    identity = Identity.from_environment(ENVIRONMENT | {"SHARDWRIGHT_URL": named})
    assert identity.sync_urls == (
        "http://a:8080/v1/worker/Thing/3/sync",
        "https://b/prefix/v1/worker/Thing/3/sync",
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SHARDWRIGHT_KIND", ""),
        ("SHARDWRIGHT_KIND", "a/b"),
        ("SHARDWRIGHT_SHARD", "-1"),
        ("SHARDWRIGHT_SHARD", "٣"),
        ("SHARDWRIGHT_INCARNATION", "1.0"),
        ("SHARDWRIGHT_URL", "127.0.0.1:8080"),
        ("SHARDWRIGHT_URL", "http://:80"),
        ("SHARDWRIGHT_URL", "http://a:99999"),
        ("SHARDWRIGHT_URL", "http://a/?b"),
        ("SHARDWRIGHT_URL", "http://a:1,"),
        ("SHARDWRIGHT_URL", "http://a:1,b:1"),
        ("SHARDWRIGHT_URL", "http://a:1,ftp://b:1"),
        ("SHARDWRIGHT_URL", "http://a:1 http://b:1"),
        ("SHARDWRIGHT_TOKEN", "two words"),
        ("SHARDWRIGHT_AWAY_LIMIT", "0"),
        ("SHARDWRIGHT_AWAY_LIMIT", "inf"),
    ],
)
def test_a_wrong_variable_is_named(name: str, value: str) -> None:
    with pytest.raises(InvalidIdentity, match=name):
        Identity.from_environment(ENVIRONMENT | {name: value})


def test_a_wrong_token_is_not_shown() -> None:
    with pytest.raises(InvalidIdentity) as caught:
        Identity.from_environment(ENVIRONMENT | {"SHARDWRIGHT_TOKEN": "hush hush"})
    assert "hush" not in str(caught.value)
