"""What a beat says of the load: the application's figures, and what the process uses itself."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping

import pytest

from shardwright_worker.load import MOST, Load
from shardwright_worker.protocol import Beat


def test_the_memory_and_after_a_second_the_processor_are_measured() -> None:
    load = Load()
    assert dict(load.read())["memory"] > 1024 * 1024
    until = time.monotonic() + 1.1
    while time.monotonic() < until:
        sum(range(1000))
    assert 0 < dict(load.read())["cpu"] <= 3000


def test_what_the_application_names_counts_before_what_is_measured() -> None:
    load = Load(lambda: {"memory": 7, "rate": 2.6})
    assert {"memory": 7, "rate": 3}.items() <= dict(load.read()).items()


@pytest.mark.parametrize("wrong", [-1, math.nan, math.inf, True, None, "5", 2**70])
def test_a_figure_that_cannot_be_true_is_left_out_alone(
    wrong: float, caplog: pytest.LogCaptureFixture
) -> None:
    load = Load(lambda: {"rate": wrong, "queue": 4})
    for _ in range(3):
        said = dict(load.read())
    assert (said.get("queue"), "rate" in said) == (4, False)
    assert len(caplog.records) == 1, "told once"


def test_a_report_that_raises_costs_no_beat() -> None:
    def report() -> Mapping[str, float]:
        raise RuntimeError("no figures")

    assert "memory" in dict(Load(report).read())


def test_no_report_is_larger_than_a_beat_takes() -> None:
    many = {f"figure-{n}": n for n in range(100)} | {"x" * 65: 1, "": 1, "a\nb": 1}
    said = Load(lambda: many).read()
    assert MOST <= len(said) <= MOST + 2
    beat = Beat(1, 2, (), False, 3, 4, load=(*said, ("held", 99)))
    assert b'"held": 3' in beat.encode(), "what the library counts is its own to say"
