"""What a worker tells of the weight of its ids: what changed notably, a little with each beat."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core import reported
from shardwright_worker import Identity, Worker
from shardwright_worker.protocol import Beat, MalformedAnswer, Weigh, Weights, decode_answer
from shardwright_worker.weights import ANEW_S, MOST_BYTES, MOST_IDS, Scales, differs

if TYPE_CHECKING:
    from conftest import Application, Orchestrator

CPU = Weigh(("cpu",), 1)


def scales(held: Collection[str] | None = None, measure: Callable[[], Any] = dict) -> Scales:
    """Of a worker that holds these ids, or whatever it is asked for."""
    one = Scales(measure, lambda ids: [i for i in ids if held is None or i in held])
    one.answered((), CPU, 0.0)
    return one


def told(one: Scales, now: float = 1.0, weigh: Weigh | None = CPU) -> dict[str, dict[str, int]]:
    """What the next beat tells; it is answered."""
    batch = one.batch()
    one.answered(batch, weigh, now)
    return {id: dict(values) for id, values in batch}


def all_told(one: Scales, **more: Any) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    while batch := told(one, **more):
        found |= batch
    return found


def test_nothing_is_told_or_measured_before_somebody_asks() -> None:
    asked = threading.Event()
    one = Scales(lambda: asked.set() or {}, lambda ids: ids)  # type: ignore[func-returns-value]
    one.start()
    one.measured({"a": {"cpu": 5}})
    assert one.batch() == ()
    assert not asked.wait(0.2)
    one.answered((), CPU, 0.0)
    assert asked.wait(5.0)
    one.stop()


def test_what_was_told_is_told_again_only_when_it_changed_by_a_tenth() -> None:
    one = scales()
    one.measured({"a": {"cpu": 100}, "b": {"cpu": 3}})
    assert told(one) == {"a": {"cpu": 100}, "b": {"cpu": 3}}
    for sways in (91, 109, 99.5):
        one.measured({"a": {"cpu": sways}, "b": {"cpu": 2.5}})
        assert told(one) == {}
    one.measured({"a": {"cpu": 110}, "b": {"cpu": 3.2}})
    assert told(one) == {"a": {"cpu": 110}, "b": {"cpu": 4}}


@given(st.integers(0, 500), st.integers(0, 500))
def test_what_is_told_is_what_the_orchestrator_takes_for_news(known: int, value: int) -> None:
    assert differs(known, value) == reported.differs(known, value)


def test_what_was_not_answered_is_told_again() -> None:
    one = scales()
    one.measured({"a": {"cpu": 100}})
    assert one.batch() == one.batch() == (("a", (("cpu", 100),)),)
    assert told(one) == {"a": {"cpu": 100}}
    assert told(one) == {}


def test_ids_that_are_not_held_are_not_told() -> None:
    held = {"a", "b"}
    one = scales(held)
    one.measured({"a": {"cpu": 1}, "b": {"cpu": 2}, "c": {"cpu": 3}})
    held.remove("b")
    assert told(one) == {"a": {"cpu": 1}}
    held.add("b")
    one.measured({"b": {"cpu": 2}})
    assert told(one) == {"b": {"cpu": 2}}, "it has come back, and may be another one"


def test_only_the_dimensions_that_are_asked_for_are_told() -> None:
    one = scales()
    one.measured({"a": {"cpu": 1, "memory": 5}, "b": {"memory": 6}})
    assert told(one) == {"a": {"cpu": 1}}
    more = Weigh(("cpu", "memory"), 1)
    told(one, weigh=more)
    one.measured({"a": {"cpu": 1, "memory": 5}, "b": {"memory": 6}})
    assert all_told(one, weigh=more) == {"a": {"cpu": 1, "memory": 5}, "b": {"memory": 6}}


def test_a_new_leader_is_told_all_anew() -> None:
    one = scales()
    one.measured({"a": {"cpu": 1}, "b": {"cpu": 2}})
    assert set(told(one)) == {"a", "b"}
    assert told(one, weigh=Weigh(("cpu",), 2)) == {}
    assert set(told(one, weigh=Weigh(("cpu",), 2))) == {"a", "b"}
    assert told(one, weigh=Weigh(("cpu",), 2)) == {}


def test_a_leader_that_asks_no_more_is_told_nothing() -> None:
    one = scales()
    one.measured({"a": {"cpu": 1}})
    one.answered((), None, 1.0)
    assert one.batch() == ()


def test_all_is_told_anew_from_time_to_time() -> None:
    one = scales()
    one.measured({"a": {"cpu": 1}})
    assert all_told(one, now=1.0) == {"a": {"cpu": 1}}
    assert all_told(one, now=ANEW_S - 1.0) == {}
    told(one, now=ANEW_S + 1.0)
    assert all_told(one, now=ANEW_S + 2.0) == {"a": {"cpu": 1}}


def test_a_beat_tells_of_some_and_the_next_of_others() -> None:
    one = scales()
    many = {f"t{number}": {"cpu": number} for number in range(2 * MOST_IDS + 50)}
    one.measured(many)
    sizes = [len(told(one)) for _ in range(4)]
    assert sizes == [MOST_IDS, MOST_IDS, 50, 0]
    # those that change all the time do not keep the others from being told
    busy = {f"t{number}": {"cpu": 10_000 + number} for number in range(MOST_IDS)}
    one.measured(busy | {"quiet": {"cpu": 7}})
    first = told(one)
    one.measured({name: {"cpu": values["cpu"] * 2} for name, values in busy.items()})
    assert ("quiet" in first) or ("quiet" in told(one))


def test_what_changed_while_it_was_told_is_told_after_the_others() -> None:
    one = scales()
    busy = {f"t{number}": {"cpu": 1} for number in range(MOST_IDS)}
    one.measured(busy)
    one.measured({"last": {"cpu": 1}})
    for rise in (10, 100):
        batch = one.batch()
        one.measured({name: {"cpu": rise} for name in busy})
        one.answered(batch, CPU, 1.0)
    assert "last" in {name for name, _ in batch}


def test_long_ids_do_not_make_a_beat_too_large() -> None:
    one = scales()
    one.measured({f"{number:03}" + "ü" * 250: {"cpu": 1} for number in range(MOST_IDS)})
    batch = one.batch()
    assert 0 < len(batch) < MOST_IDS
    assert len(Beat(1, 1, (), False, 0, 0, weights=batch).encode()) < MOST_BYTES + 20 * MOST_IDS + 200


@pytest.mark.parametrize("wrong", [-1, math.nan, math.inf, True, None, "5", 10**16, [1]])
def test_what_cannot_be_a_weight_is_left_out_alone(wrong: Any, caplog: pytest.LogCaptureFixture) -> None:
    one = scales()
    for _ in range(3):
        one.measured({"a": {"cpu": wrong}, "b": {"cpu": 4}})
    assert told(one) == {"b": {"cpu": 4}}
    assert len(caplog.records) == 1, "told once"


@pytest.mark.parametrize("wrong", [5, None, [("cpu", 1)]])
def test_what_says_nothing_of_dimensions_is_left_out_alone(wrong: Any) -> None:
    one = scales()
    one.measured({"a": wrong, 7: {"cpu": 1}, "b": {"cpu": 4}})  # type: ignore[dict-item]
    assert told(one) == {"b": {"cpu": 4}}


def test_a_beat_without_weights_is_the_beat_it_always_was() -> None:
    assert b"weights" not in Beat(1, 2, (), False, 3, 4).encode()
    weights: Weights = (("a", (("cpu", 1),)),)
    assert b'"weights": {"a": {"cpu": 1}}' in Beat(1, 2, (), False, 3, 4, weights=weights).encode()


ANSWER = (
    b'{"generation": 1, "commit": 1, "lease": 15, "interval": 5, "onLoss": "serve", "awayLimit": null, '
    b'"whole": true, "ids": []%s}'
)


def test_an_answer_may_ask_for_weights() -> None:
    assert decode_answer(ANSWER % b"").weigh is None
    asked = decode_answer(ANSWER % b', "weigh": {"dimensions": ["cpu"], "term": 3, "new": 1}')
    assert asked.weigh == Weigh(("cpu",), 3)


@pytest.mark.parametrize("said", [b"3", b"[]", b"{}", b'{"dimensions": "cpu", "term": 1}'])
def test_a_wish_for_weights_that_is_none_makes_the_answer_malformed(said: bytes) -> None:
    with pytest.raises(MalformedAnswer):
        decode_answer(ANSWER % (b', "weigh": ' + said))


# --- the whole worker ---

Measure = Callable[[], Mapping[str, Mapping[str, float]]]


@pytest.fixture
def run(application: Application, identity: Identity) -> Iterator[Callable[[Measure], Worker]]:
    """Runs a worker that weighs in a thread of this process."""
    running: list[tuple[Worker, threading.Thread]] = []

    def begin(measure: Measure) -> Worker:
        one = Worker(application.acquire, application.release, identity=identity, grace=1.0, weigh=measure)
        thread = threading.Thread(target=one.run)
        thread.start()
        running.append((one, thread))
        return one

    yield begin
    for one, thread in running:
        one.stop()
        thread.join(5.0)
        assert not thread.is_alive()


def test_a_worker_that_is_asked_tells_what_its_ids_weigh(
    orchestrator: Orchestrator, application: Application, run: Callable[[Measure], Worker]
) -> None:
    run(lambda: {"a": {"cpu": 120, "memory": 5}, "b": {"cpu": 0.5}, "foreign": {"cpu": 9}})
    orchestrator.terms["interval"] = 0.05
    orchestrator.assign("a", "b")
    application.wait("acquired", "a")
    application.wait("acquired", "b")
    time.sleep(0.2)
    assert not any("weights" in beat for beat in orchestrator.beats), "nobody has asked"
    orchestrator.terms["weigh"] = {"dimensions": ["cpu"], "term": 1}
    beat = orchestrator.wait(lambda beat: "weights" in beat)
    assert beat["weights"] == {"a": {"cpu": 120}, "b": {"cpu": 1}}
    many = len(orchestrator.beats)
    orchestrator.wait(lambda beat: "weights" not in beat, after=many)
    orchestrator.terms["weigh"] = {"dimensions": ["cpu"], "term": 2}
    beat = orchestrator.wait(lambda beat: "weights" in beat, after=many)
    assert beat["weights"] == {"a": {"cpu": 120}, "b": {"cpu": 1}}


def test_weighing_that_hangs_or_raises_delays_no_beat(
    orchestrator: Orchestrator, run: Callable[[Measure], Worker], caplog: pytest.LogCaptureFixture
) -> None:
    orchestrator.terms |= {"interval": 0.05, "weigh": {"dimensions": ["cpu"], "term": 1}}
    gate, entered = threading.Event(), threading.Event()

    def measure() -> Mapping[str, Mapping[str, float]]:
        entered.set()
        assert gate.wait(30.0)
        raise RuntimeError("the scales are broken")

    with caplog.at_level(logging.WARNING, logger="shardwright_worker"):
        run(measure)
        orchestrator.assign("a")
        assert entered.wait(5.0)
        many = len(orchestrator.beats)
        orchestrator.wait(lambda beat: True, after=many + 5)
        gate.set()
        many = len(orchestrator.beats)
        orchestrator.wait(lambda beat: True, after=many + 5)
    assert [record.message for record in caplog.records if "scales are broken" in record.message]
