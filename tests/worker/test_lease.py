"""Until when a process may go on without an answer."""

from __future__ import annotations

from shardwright_worker.ending import Exit
from shardwright_worker.lease import Lease
from shardwright_worker.protocol import Terms


def code(lease: Lease, now: float) -> Exit | None:
    verdict = lease.verdict(now)
    return None if verdict is None else verdict.code


def renewed(*, sent: float, answered: float, stops: bool, away: float | None = None) -> Lease:
    lease = Lease(began=0.0, away_limit=None)
    lease.renew(sent=sent, answered=answered, terms=Terms(15.0, 5.0, stops, away))
    return lease


def test_a_lease_is_spent_at_four_fifths_counted_from_sending() -> None:
    lease = renewed(sent=100.0, answered=105.0, stops=True)
    assert code(lease, 111.9) is None
    assert code(lease, 112.0) is Exit.LEASE_LOST


def test_a_kind_that_serves_on_loss_has_no_lease_to_lose() -> None:
    assert code(renewed(sent=100.0, answered=105.0, stops=False), 1e9) is None


def test_the_away_limit_counts_from_the_last_answer() -> None:
    lease = renewed(sent=100.0, answered=105.0, stops=False, away=60.0)
    assert code(lease, 164.9) is None
    assert code(lease, 165.0) is Exit.AWAY


def test_before_the_first_answer_the_limit_given_at_the_start_counts_from_the_start() -> None:
    lease = Lease(began=50.0, away_limit=10.0)
    assert code(lease, 59.9) is None
    assert code(lease, 60.0) is Exit.AWAY


def test_without_any_limit_a_process_waits_for_its_first_answer_for_ever() -> None:
    assert code(Lease(began=0.0, away_limit=None), 1e9) is None


def test_an_answer_is_awaited_longer_than_an_exchange_is_held_open() -> None:
    assert Lease(began=0.0, away_limit=None).answer_timeout() == 30.0
    assert renewed(sent=0.0, answered=0.0, stops=False).answer_timeout() == 10.0


def test_a_stopping_kind_notices_a_dead_connection_while_one_more_exchange_fits() -> None:
    timeout = renewed(sent=0.0, answered=0.0, stops=True).answer_timeout()
    assert 5.0 < timeout <= 6.0
