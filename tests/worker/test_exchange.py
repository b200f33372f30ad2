"""The real worker, in this process, against an orchestrator on the loopback interface."""

from __future__ import annotations

import json
import random
import time
from typing import TYPE_CHECKING, Any

import pytest

from shardwright_worker import Token, Worker

if TYPE_CHECKING:
    from conftest import Application, Orchestrator

pytestmark = pytest.mark.usefixtures("worker")


def test_the_first_beat_says_that_nothing_is_applied(orchestrator: Orchestrator) -> None:
    beat = orchestrator.wait(lambda beat: True)
    measured = {name: beat["load"].pop(name, 0) for name in ("cpu", "memory")}
    assert all(type(value) is int and value >= 0 for value in measured.values())
    assert beat == {
        "incarnation": 12,
        "generation": -1,
        "pending": [],
        "more": False,
        "load": {"held": 0, "acquiring": 0},
    }


def test_a_whole_and_then_a_difference_are_applied(
    orchestrator: Orchestrator, application: Application
) -> None:
    orchestrator.applied(orchestrator.assign("a", "b"))
    application.wait("acquired", "a")
    application.wait("acquired", "b")
    orchestrator.applied(orchestrator.assign("b", "c"))
    application.wait("acquired", "c")
    application.wait("released", "a")
    assert ("release", "b") not in application.calls
    assert application.calls.count(("acquire", "b")) == 1


def test_the_token_is_the_commit_of_the_answer_that_brought_the_id(
    orchestrator: Orchestrator, application: Application
) -> None:
    orchestrator.assign("a")
    application.wait("acquired", "a")
    orchestrator.assign("a", "b")
    application.wait("acquired", "b")
    assert application.tokens == {"a": Token(901, 12), "b": Token(902, 12)}


def test_a_released_id_is_acknowledged_only_after_release_returned(
    orchestrator: Orchestrator, application: Application
) -> None:
    orchestrator.terms["interval"] = 0.05
    orchestrator.assign("a")
    application.wait("acquired", "a")
    gate = application.gate("release", "a")
    generation = orchestrator.assign()
    application.wait("release", "a")
    for _ in range(3):
        orchestrator.wait(lambda beat: beat["generation"] == generation, after=len(orchestrator.beats))
    assert all(beat["pending"] == ["a"] for beat in orchestrator.beats if beat["generation"] == generation)
    gate.set()
    orchestrator.wait(lambda beat: beat["generation"] == generation and beat["pending"] == [])
    assert ("released", "a") in application.calls


def test_an_acknowledgement_abandons_the_exchange_under_way(
    orchestrator: Orchestrator, application: Application
) -> None:
    orchestrator.assign("a")
    application.wait("acquired", "a")
    gate = application.gate("release", "a")
    generation = orchestrator.assign()
    orchestrator.terms["interval"] = 30.0
    orchestrator.wait(lambda beat: beat["generation"] == generation and beat["pending"] == ["a"])
    began = time.monotonic()
    gate.set()
    orchestrator.wait(lambda beat: beat["generation"] == generation and beat["pending"] == [])
    assert time.monotonic() - began < 1.0


def test_an_id_whose_acquire_is_under_way_stays_pending_until_its_release_returned(
    orchestrator: Orchestrator, application: Application
) -> None:
    acquiring, releasing = application.gate("acquire", "a"), application.gate("release", "a")
    orchestrator.assign("a")
    application.wait("acquire", "a")
    generation = orchestrator.assign()
    orchestrator.wait(lambda beat: beat["generation"] == generation and beat["load"]["acquiring"] == 1)
    acquiring.set()
    application.wait("release", "a")
    seen = len(orchestrator.beats)
    orchestrator.wait(lambda beat: beat["load"]["acquiring"] == 0 and beat["pending"] == ["a"], after=seen)
    assert all(beat["pending"] == ["a"] for beat in orchestrator.beats if beat["generation"] == generation)
    releasing.set()
    orchestrator.wait(lambda beat: beat["generation"] == generation and beat["pending"] == [])
    assert application.calls == [("acquire", "a"), ("acquired", "a"), ("release", "a"), ("released", "a")]


def test_an_id_that_returns_during_its_release_is_acquired_again_with_the_newest_token(
    orchestrator: Orchestrator, application: Application
) -> None:
    orchestrator.assign("a")
    application.wait("acquired", "a")
    gate = application.gate("release", "a")
    orchestrator.assign()
    application.wait("release", "a")
    orchestrator.applied(orchestrator.assign("a"))
    assert application.calls.count(("acquire", "a")) == 1
    gate.set()
    application.wait("acquired", "a", times=2)
    assert application.tokens["a"] == Token(903, 12)


def test_more_than_a_hundred_pending_ids_say_more(
    orchestrator: Orchestrator, application: Application
) -> None:
    ids = [f"id-{number}" for number in range(103)]
    gates = [application.gate("release", id) for id in ids]
    orchestrator.assign(*ids)
    for id in ids:
        application.wait("acquired", id)
    generation = orchestrator.assign()
    beat = orchestrator.applied(generation)
    assert beat["more"] is True
    assert len(beat["pending"]) == 100
    for gate in gates:
        gate.set()
    orchestrator.wait(
        lambda beat: beat["generation"] == generation and not beat["more"] and not beat["pending"]
    )


def test_a_flow_of_releases_does_not_starve_the_answers(
    orchestrator: Orchestrator, application: Application
) -> None:
    ids = [f"id-{number}" for number in range(100)]
    orchestrator.assign(*ids)
    for id in ids:
        application.wait("acquired", id)
    orchestrator.terms["interval"] = 5.0
    before = len(orchestrator.beats)
    generation = orchestrator.assign()
    orchestrator.wait(
        lambda beat: beat["generation"] == generation and not beat["pending"] and not beat["load"]["held"]
    )
    assert len(orchestrator.beats) - before < 40


def test_an_answer_that_takes_its_time_arrives_in_spite_of_a_flow_of_releases(
    orchestrator: Orchestrator, application: Application
) -> None:
    def slowly(beat: dict[str, Any]) -> None:
        time.sleep(0.03)

    ids = [f"id-{number}" for number in range(90)]
    gates = [application.gate("release", id) for id in ids]
    orchestrator.assign(*ids)
    for id in ids:
        application.wait("acquired", id)
    orchestrator.applied(orchestrator.assign())
    orchestrator.raw = slowly
    orchestrator.assign("new")
    for gate in gates:
        gate.set()
        time.sleep(0.005)
    application.wait("acquired", "new")
    released = sum(
        verb == "released" for verb, _ in application.calls[: application.calls.index(("acquire", "new"))]
    )
    assert released < 60


def test_a_raising_acquire_is_retried_and_counts_as_held(
    orchestrator: Orchestrator, application: Application
) -> None:
    application.failing.add("acquire a")
    orchestrator.assign("a")
    application.wait("acquire", "a", times=2)
    assert orchestrator.wait(lambda beat: beat["load"]["held"] == 1)
    application.failing.clear()
    application.wait("acquired", "a")


def test_a_raising_release_stays_pending_and_is_retried(
    orchestrator: Orchestrator, application: Application
) -> None:
    application.failing.add("release a")
    orchestrator.assign("a")
    application.wait("acquired", "a")
    generation = orchestrator.assign()
    application.wait("release", "a", times=2)
    orchestrator.wait(lambda beat: beat["generation"] == generation and beat["pending"] == ["a"])
    application.failing.clear()
    orchestrator.wait(lambda beat: beat["generation"] == generation and beat["pending"] == [])


def test_a_release_that_hangs_does_not_keep_new_ids_from_being_served(
    orchestrator: Orchestrator, application: Application
) -> None:
    ids = [f"id-{number}" for number in range(8)]
    for id in ids:
        application.gate("release", id)
    orchestrator.assign(*ids)
    for id in ids:
        application.wait("acquired", id)
    orchestrator.assign("new")
    application.wait("acquired", "new")


@pytest.mark.parametrize("status", [500, 503, 404, 302, 409])
def test_a_failing_orchestrator_is_asked_again(
    orchestrator: Orchestrator, application: Application, status: int
) -> None:
    orchestrator.fail(status)
    orchestrator.wait(lambda beat: True)
    orchestrator.wait(lambda beat: True, after=1)
    orchestrator.assign("a")
    orchestrator.fail(None)
    application.wait("acquired", "a")


def test_retry_after_is_honoured(orchestrator: Orchestrator) -> None:
    orchestrator.fail(503, Retry_After="1")
    seen = len(orchestrator.beats)
    orchestrator.wait(lambda beat: True, after=seen + 1)
    assert orchestrator.arrivals[-1] - orchestrator.arrivals[-2] >= 1.0


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b'{"generation": 9}', b"\xff", b'{"generation": true, "whole": true, "ids": [1]}']
)
def test_a_malformed_answer_changes_nothing(
    orchestrator: Orchestrator, application: Application, raw: bytes
) -> None:
    orchestrator.raw = lambda beat: raw or b" "
    orchestrator.wait(lambda beat: True, after=1)
    assert all(beat["generation"] == -1 for beat in orchestrator.beats)
    orchestrator.raw = lambda beat: None
    orchestrator.assign("a")
    application.wait("acquired", "a")


def test_a_difference_to_another_generation_is_not_applied(
    orchestrator: Orchestrator, application: Application
) -> None:
    orchestrator.assign("a")
    application.wait("acquired", "a")

    def foreign(beat: dict[str, Any]) -> bytes:
        return json.dumps({**orchestrator.answer(1), "base": 7, "remove": ["a"], "generation": 8}).encode()

    orchestrator.raw = foreign
    seen = len(orchestrator.beats)
    orchestrator.wait(lambda beat: True, after=seen + 1)
    assert all(beat["generation"] <= 1 for beat in orchestrator.beats)
    assert ("release", "a") not in application.calls


def test_an_older_generation_is_not_applied(orchestrator: Orchestrator, application: Application) -> None:
    orchestrator.assign("a")
    application.wait("acquired", "a")
    orchestrator.applied(orchestrator.assign())
    application.wait("released", "a")
    calls = len(application.calls)
    stale = {**orchestrator.answer(-1), "generation": 1, "commit": 901, "whole": True, "ids": ["a"]}
    orchestrator.raw = lambda beat: json.dumps(stale).encode()
    seen = len(orchestrator.beats)
    orchestrator.wait(lambda beat: True, after=seen + 1)
    assert orchestrator.beats[-1]["generation"] == 2
    assert len(application.calls) == calls


def test_an_orchestrator_that_never_holds_an_exchange_open_is_not_asked_in_a_tight_loop(
    orchestrator: Orchestrator,
) -> None:
    orchestrator.terms["interval"] = 0.001
    orchestrator.applied(orchestrator.assign())
    seen = len(orchestrator.beats)
    time.sleep(0.5)
    assert len(orchestrator.beats) - seen < 10


def test_the_connection_is_kept_between_exchanges(orchestrator: Orchestrator) -> None:
    orchestrator.terms["interval"] = 0.05
    orchestrator.wait(lambda beat: True, after=5)
    assert len(orchestrator.connections) == 1


def test_stop_releases_everything_and_run_returns(
    orchestrator: Orchestrator, application: Application, worker: Worker
) -> None:
    orchestrator.assign("a", "b")
    application.wait("acquired", "a")
    application.wait("acquired", "b")
    worker.stop()
    application.wait("released", "a")
    application.wait("released", "b")


def test_under_any_flow_of_changes_the_calls_of_an_id_alternate(
    orchestrator: Orchestrator, application: Application
) -> None:
    ids = [f"id-{number}" for number in range(30)]
    choices = random.Random(58)
    for _ in range(150):
        orchestrator.assign(*choices.sample(ids, choices.randrange(len(ids))))
        time.sleep(choices.choice([0.0, 0.001, 0.004]))
    generation = orchestrator.assign(*ids[:10])
    orchestrator.wait(
        lambda beat: (
            beat["generation"] == generation
            and (beat["load"]["held"], beat["load"]["acquiring"]) == (10, 0)
            and not beat["pending"]
        )
    )
    for id in ids:
        calls = [verb for verb, one in application.calls if one == id]
        assert calls == (["acquire", "acquired", "release", "released"] * len(calls))[: len(calls)]
        assert (calls[-1:] == ["acquired"]) is (id in ids[:10])
