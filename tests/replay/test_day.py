"""A recorded day of 10,000 things, replayed under two strategies, as the documentation shows it."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestrator.cli.app import app
from tests.replay.days import lines_of
from tests.simulation.day import Day

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

DAY = Day(hours=3.0, created=1500, deleted=1000)
"""As eventful as the whole one, and shorter: nights cost time and tell nothing."""


def test_a_day_replayed_under_two_strategies_makes_a_table(tmp_path: Path) -> None:
    file = tmp_path / "day.gz"
    file.write_bytes(gzip.compress(b"".join(lines_of(DAY))))
    words = ["replay", str(file), "--against", "strategy=even", "--against", "strategy=weighted"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    rows = {line[:28].strip(): line[28:].split() for line in done.stdout.splitlines()}
    ids = DAY.things + DAY.imports * DAY.imported + DAY.created - DAY.deleted
    assert f"all {ids:,} ids end where the recording has them" in done.stdout
    assert rows["placed"] == [f"{ids + DAY.deleted:,}"] * 3
    assert rows["unplaced, end"] == rows["still moving, end"] == ["0"] * 3
    recorded, even, weighted = (float(figure) for figure in rows["max/mean of messages, mean"])
    assert recorded == pytest.approx(even, abs=0.05)
    assert weighted < even
    assert weighted < 1.1
