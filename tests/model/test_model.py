"""The small model, searched whole: a short cut of ``make model``."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest

from orchestrator.core import health
from shardwright_worker import lease
from shardwright_worker.lease import Lease
from shardwright_worker.protocol import Terms
from tests.model.breaks import BREAKS, Break
from tests.model.configuration import Configuration
from tests.model.configurations import SHORT
from tests.model.gate import search_gate
from tests.model.lapse import search_leases
from tests.model.search import search

pytestmark = pytest.mark.no_cover


@pytest.mark.parametrize("configuration", SHORT, ids=lambda each: each.name)
def test_one_fault_breaks_no_law_and_leaves_a_way_to_rest(configuration: Configuration) -> None:
    verdict = search(configuration, most=20_000)
    assert verdict.holds, "\n".join([verdict.wrong, *verdict.story])


@pytest.mark.parametrize("left_out", BREAKS, ids=lambda each: each.name)
def test_without(left_out: Break) -> None:
    verdict = left_out.search()
    assert left_out.breaks in verdict.wrong, verdict
    assert len(verdict.story) > 1


@pytest.mark.parametrize("instances", range(1, 10))
def test_the_kill_gate_stops_no_more_than_its_share_in_any_window(instances: int) -> None:
    assert not search_gate(instances)[1]


def test_without_counting_earlier_stops_too_many_are_stopped() -> None:
    gate = health.kill_gate

    def forgetful(silent: range, total: int, stopped_at: list[float], *rest: Any, **named: Any) -> Any:
        return gate(silent, total, [], *rest, **named)

    with patch.object(health, "kill_gate", forgetful):
        assert search_gate(8)[1]


def test_nobody_serves_beyond_the_lease_that_the_orchestrator_counts() -> None:
    moments, wrong = search_leases()
    assert moments > 1_000
    assert not wrong


def test_without_a_margin_of_the_lease_it_is_served_too_long() -> None:
    with patch.object(lease, "SPENT_AT", 1.2):
        assert search_leases()[1]


def test_without_counting_from_sending_it_is_served_too_long() -> None:
    renew = Lease.renew

    def from_the_answer(self: Lease, *, sent: float, answered: float, terms: Terms) -> None:
        renew(self, sent=answered, answered=answered, terms=terms)

    with patch.object(Lease, "renew", from_the_answer):
        assert search_leases()[1]
