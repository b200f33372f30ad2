"""A worker that was told several addresses stays with one that answers, else turns to the next."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from shardwright_worker import Identity, Worker

if TYPE_CHECKING:
    from conftest import Application, Orchestrator

TOKEN = "a-token"


@pytest.fixture
def pair(orchestrator: Orchestrator) -> Iterator[tuple[Orchestrator, Orchestrator]]:
    """Two orchestrators that answer alike."""
    other = type(orchestrator)()
    yield orchestrator, other
    if not other.closing:
        other.close()


@contextmanager
def working(application: Application, *addresses: str) -> Iterator[None]:
    identity = Identity("Thing", 3, 12, ",".join(addresses), TOKEN)
    worker = Worker(application.acquire, application.release, identity=identity, grace=1.0)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        thread.join(5.0)
        assert not thread.is_alive()


def test_it_stays_with_the_address_that_answers(
    pair: tuple[Orchestrator, Orchestrator], application: Application
) -> None:
    first, second = pair
    with working(application, first.url, second.url):
        first.wait(lambda beat: True)
        for _ in range(5):
            first.wait(lambda beat: True, after=len(first.beats))
    assert second.beats == []


def test_an_address_where_nobody_listens_is_left_for_the_next(
    pair: tuple[Orchestrator, Orchestrator], application: Application
) -> None:
    first, second = pair
    first.close()
    second.assign("a")
    with working(application, first.url, second.url):
        application.wait("acquired", "a")


def test_503_turns_it_to_the_next_and_what_it_holds_stays_held(
    pair: tuple[Orchestrator, Orchestrator], application: Application
) -> None:
    first, second = pair
    for one in pair:
        one.assign("a")
    with working(application, first.url, second.url):
        application.wait("acquired", "a")
        first.fail(503, Retry_After="1")
        second.wait(lambda beat: beat["generation"] == 1, timeout=10.0)
        generation = second.assign("a", "b")
        second.applied(generation)
        application.wait("acquired", "b")
        assert ("release", "a") not in application.calls
        second.fail(503)
        first.fail(None)
        first.wait(lambda beat: beat["generation"] == generation, timeout=10.0)


def test_while_none_leads_it_asks_in_turn_and_ever_less_often(
    pair: tuple[Orchestrator, Orchestrator], application: Application
) -> None:
    for one in pair:
        one.fail(503)
    with working(application, *(one.url for one in pair)):
        time.sleep(3.0)
    asked = [len(one.beats) for one in pair]
    assert abs(asked[0] - asked[1]) <= 1
    # waits of 0.1, 0.2, 0.4, 0.8, 1.6 s, each shortened by half at most
    assert 3 <= sum(asked) <= 9
