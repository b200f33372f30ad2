"""The reference worker as a process: how it ends, and what its ledger says afterwards."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shardwright_worker.audit import audit, read_ledgers

if TYPE_CHECKING:
    from conftest import Orchestrator, Start


def verbs(directory: Path) -> list[str]:
    [ledger] = directory.glob("*.jsonl")
    return [json.loads(line)["verb"] for line in ledger.read_text().splitlines()]


def test_sigterm_releases_everything_and_exits_with_0(
    orchestrator: Orchestrator, start: Start, tmp_path: Path
) -> None:
    process = start()
    orchestrator.assign("a", "b")
    orchestrator.wait(lambda beat: (beat["load"]["held"], beat["load"]["acquiring"]) == (2, 0))
    process.send_signal(signal.SIGTERM)
    assert process.wait(5.0) == 0
    written = [verb for verb in verbs(tmp_path / "ledgers") if verb != "alive"]
    assert written == ["start", "acquire", "acquire", "release", "release", "end"]
    assert audit(read_ledgers(tmp_path / "ledgers")).is_clean


def test_410_ends_the_process_at_once_without_releasing(
    orchestrator: Orchestrator, start: Start, tmp_path: Path
) -> None:
    process = start(SHARDWRIGHT_TEST_RELEASE_DELAY="5")
    orchestrator.assign("a")
    orchestrator.wait(lambda beat: beat["load"]["held"] == 1)
    orchestrator.fail(410)
    assert process.wait(2.0) == 3
    assert "release" not in verbs(tmp_path / "ledgers")
    assert process.stderr is not None
    assert "incarnation 12 is over" in process.stderr.read()


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_ends_the_process(orchestrator: Orchestrator, start: Start, status: int) -> None:
    orchestrator.fail(status)
    process = start()
    assert process.wait(5.0) == 4
    assert process.stderr is not None
    assert str(status) in process.stderr.read()


def test_a_kind_that_stops_on_loss_ends_before_its_lease_does(
    orchestrator: Orchestrator, start: Start
) -> None:
    orchestrator.terms |= {"onLoss": "stop", "lease": 1.5, "interval": 0.2}
    process = start()
    orchestrator.wait(lambda beat: beat["generation"] == 0, after=1)
    orchestrator.fail(503)
    began = time.monotonic()
    assert process.wait(5.0) == 5
    assert 0.8 * 1.5 - 0.3 < time.monotonic() - began < 1.5


def test_a_lease_that_is_renewed_goes_on(orchestrator: Orchestrator, start: Start) -> None:
    orchestrator.terms |= {"onLoss": "stop", "lease": 0.8, "interval": 0.1}
    process = start()
    orchestrator.wait(lambda beat: beat["generation"] == 0)
    time.sleep(1.5)
    assert process.poll() is None


def test_an_answer_that_is_refused_does_not_renew_the_lease(orchestrator: Orchestrator, start: Start) -> None:
    orchestrator.terms |= {"onLoss": "stop", "lease": 1.0, "interval": 0.2}
    process = start()
    orchestrator.applied(orchestrator.assign())
    stale = json.dumps({**orchestrator.answer(-1), "generation": 0, "whole": True, "ids": []}).encode()
    orchestrator.raw = lambda beat: stale
    assert process.wait(5.0) == 5


def test_a_silent_orchestrator_is_noticed_within_the_lease(orchestrator: Orchestrator, start: Start) -> None:
    orchestrator.terms |= {"onLoss": "stop", "lease": 1.0, "interval": 0.2}
    process = start()
    orchestrator.wait(lambda beat: beat["generation"] == 0)
    orchestrator.terms["interval"] = 60.0
    assert process.wait(5.0) == 5


def test_a_kind_that_serves_on_loss_goes_on_until_the_away_limit(
    orchestrator: Orchestrator, start: Start
) -> None:
    orchestrator.terms |= {"lease": 0.2, "interval": 0.1, "awayLimit": 1.0}
    process = start()
    orchestrator.wait(lambda beat: beat["generation"] == 0)
    orchestrator.fail(503)
    time.sleep(0.7)
    assert process.poll() is None
    assert process.wait(5.0) == 6


def test_the_away_limit_of_the_environment_holds_before_the_first_answer(
    orchestrator: Orchestrator, start: Start
) -> None:
    process = start(SHARDWRIGHT_URL="http://127.0.0.1:9", SHARDWRIGHT_AWAY_LIMIT="0.3")
    assert process.wait(5.0) == 6


def test_the_away_limit_of_an_answer_replaces_that_of_the_environment(
    orchestrator: Orchestrator, start: Start
) -> None:
    process = start(SHARDWRIGHT_AWAY_LIMIT="0.8")
    orchestrator.wait(lambda beat: beat["generation"] == 0)
    orchestrator.fail(503)
    time.sleep(1.2)
    assert process.poll() is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SHARDWRIGHT_KIND", None),
        ("SHARDWRIGHT_SHARD", "three"),
        ("SHARDWRIGHT_URL", "ftp://somewhere"),
        ("SHARDWRIGHT_AWAY_LIMIT", "nan"),
    ],
)
def test_a_wrong_environment_is_one_line_and_exit_code_2(start: Start, name: str, value: str | None) -> None:
    process = start(**{name: value})
    _, said = process.communicate(timeout=5.0)
    assert process.returncode == 2
    assert said.count("\n") == 1
    assert name in said


def test_a_killed_process_leaves_its_ledger(orchestrator: Orchestrator, start: Start, tmp_path: Path) -> None:
    process = start()
    orchestrator.assign("a")
    orchestrator.wait(lambda beat: beat["load"]["held"] == 1)
    process.kill()
    process.wait(5.0)
    [history] = read_ledgers(tmp_path / "ledgers")
    assert [hold.id for hold in history.holds] == ["a"]
    assert not history.ended


def test_a_hanging_release_is_cut_off_by_the_end_of_the_incarnation(
    orchestrator: Orchestrator, start: Start
) -> None:
    process = start(SHARDWRIGHT_TEST_HANG_RELEASE="a")
    orchestrator.assign("a", "b")
    orchestrator.wait(lambda beat: beat["load"]["held"] == 2)
    generation = orchestrator.assign()
    orchestrator.wait(lambda beat: beat["generation"] == generation and beat["pending"] == ["a"])
    orchestrator.fail(410)
    assert process.wait(2.0) == 3


def test_a_worker_told_to_crash_exits_with_1(start: Start) -> None:
    assert start(SHARDWRIGHT_TEST_CRASH_AT_START="1").wait(5.0) == 1


def test_a_worker_told_to_crash_on_an_id_lives_until_it_acquires_it(
    orchestrator: Orchestrator, start: Start
) -> None:
    process = start(SHARDWRIGHT_TEST_CRASH_ON="bad")
    orchestrator.assign("good")
    orchestrator.wait(lambda beat: beat["load"]["held"] == 1)
    orchestrator.assign("good", "bad/1")
    assert process.wait(5.0) == 1
