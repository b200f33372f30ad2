"""What the page of the protocol says is enough: a worker in Go that was made from it keeps the same rules."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shardwright_worker.audit import audit, read_ledgers
from tests.services.go_worker import go_worker

if TYPE_CHECKING:
    from conftest import Orchestrator

StartGo = Callable[..., "subprocess.Popen[str]"]

pytestmark = pytest.mark.timeout(300)
"""The first build compiles Go's own library."""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return go_worker(tmp_path_factory.mktemp("go"))


@pytest.fixture
def start_go(orchestrator: Orchestrator, program: Path, tmp_path: Path) -> Iterator[StartGo]:
    started: list[subprocess.Popen[str]] = []

    def start(**more: str | None) -> subprocess.Popen[str]:
        environment: dict[str, str | None] = {
            **os.environ,
            "SHARDWRIGHT_KIND": "Thing",
            "SHARDWRIGHT_SHARD": "3",
            "SHARDWRIGHT_INCARNATION": "12",
            "SHARDWRIGHT_URL": orchestrator.url,
            "SHARDWRIGHT_TOKEN": "a-token",
            "SHARDWRIGHT_LEDGER_DIR": str(tmp_path / "ledgers"),
            **more,
        }
        process = subprocess.Popen(
            [str(program)],
            env={name: value for name, value in environment.items() if value is not None},
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_it_serves_lets_go_and_releases_at_the_end(
    orchestrator: Orchestrator, start_go: StartGo, tmp_path: Path
) -> None:
    process = start_go()
    orchestrator.assign("a", "b")
    orchestrator.wait(lambda beat: beat["generation"] >= 1 and beat["load"]["held"] == 2, 10.0)
    second = orchestrator.assign("b", "c")
    free = orchestrator.wait(lambda beat: beat["generation"] == second and beat["pending"] == [], 10.0)
    assert not free["more"]
    orchestrator.wait(lambda beat: beat["generation"] == second and beat["load"]["held"] == 2, 10.0)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10.0) == 0
    found = audit(read_ledgers(tmp_path / "ledgers"))
    assert found.is_clean
    assert not found.served.get("Thing")


def test_more_than_a_hundred_pending_ids_are_never_taken_for_released(
    orchestrator: Orchestrator, start_go: StartGo
) -> None:
    start_go()
    orchestrator.assign(*(f"t-{n}" for n in range(500)))
    orchestrator.wait(lambda beat: beat["load"]["held"] == 500, 10.0)
    last = orchestrator.assign()
    orchestrator.wait(lambda beat: beat["generation"] == last and not beat["pending"], 10.0)
    assert all(len(beat["pending"]) == 100 for beat in orchestrator.beats if beat["more"])


@pytest.mark.parametrize(("status", "code"), [(410, 3), (401, 4), (403, 4)])
def test_it_ends_as_the_table_of_errors_says(
    orchestrator: Orchestrator, start_go: StartGo, status: int, code: int
) -> None:
    orchestrator.fail(status)
    assert start_go().wait(10.0) == code


def test_it_ends_before_a_lease_that_is_not_renewed(orchestrator: Orchestrator, start_go: StartGo) -> None:
    orchestrator.terms |= {"onLoss": "stop", "lease": 3.0, "interval": 0.2}
    process = start_go()
    orchestrator.wait(lambda beat: beat["generation"] == 0, 10.0, after=1)
    orchestrator.fail(503)
    began = time.monotonic()
    assert process.wait(10.0) == 5
    assert time.monotonic() - began < 3.0


def test_it_ends_when_nobody_answers(orchestrator: Orchestrator, start_go: StartGo) -> None:
    orchestrator.fail(503)
    assert start_go(SHARDWRIGHT_AWAY_LIMIT="1.0").wait(10.0) == 6


@pytest.mark.parametrize(
    "name", ["SHARDWRIGHT_KIND", "SHARDWRIGHT_SHARD", "SHARDWRIGHT_INCARNATION", "SHARDWRIGHT_URL"]
)
def test_it_says_what_its_environment_lacks(start_go: StartGo, name: str) -> None:
    process = start_go(**{name: None})
    assert process.wait(10.0) == 2
    assert process.stderr is not None
    assert name in process.stderr.read()


def test_an_old_answer_and_a_difference_to_another_base_change_nothing(
    orchestrator: Orchestrator, start_go: StartGo, tmp_path: Path
) -> None:
    start_go()
    orchestrator.assign("a")
    orchestrator.wait(lambda beat: beat["load"]["held"] == 1, 10.0)
    stale = {"generation": 0, "commit": 1, **orchestrator.terms, "whole": True, "ids": ["x"]}
    strange = stale | {"generation": 9, "whole": False, "base": 7, "add": ["y"], "remove": []}
    for said in (stale, strange):
        seen = len(orchestrator.beats)
        orchestrator.raw = lambda beat, said=said: json.dumps(said).encode()  # type: ignore[misc]
        orchestrator.wait(lambda beat: beat["generation"] == 1, 10.0, after=seen + 2)
    text = "".join(path.read_text() for path in (tmp_path / "ledgers").glob("*.jsonl"))
    assert '"x"' not in text
    assert '"y"' not in text


def test_it_goes_on_to_the_address_that_answers(orchestrator: Orchestrator, start_go: StartGo) -> None:
    start_go(SHARDWRIGHT_URL=f"http://127.0.0.1:1, {orchestrator.url}/")
    orchestrator.assign("a")
    orchestrator.wait(lambda beat: beat["load"]["held"] == 1, 10.0)
