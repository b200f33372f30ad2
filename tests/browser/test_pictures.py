"""The pictures that the tests leave for people: where they are told to, and never in the tree."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services import chromium

ROOT = Path(__file__).parents[2]
TAKEN = "tests/browser/test_states.py::test_each_state_has_shape_word_and_contrast[light]"


def folder_of_a_run(**told: str) -> Path:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SHARDWRIGHT_")}
    said = subprocess.run(
        [ROOT / ".ci" / "artefacts"], env=environment | told, capture_output=True, text=True, timeout=30
    )
    assert (said.returncode, said.stderr) == (0, "")
    return Path(said.stdout.strip())


@pytest.mark.browser
def test_a_test_of_the_console_leaves_its_picture_where_it_is_told(tmp_path: Path) -> None:
    chromium.program()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", TAKEN],
        cwd=ROOT,
        env={**os.environ, "SHARDWRIGHT_TEST_ARTEFACTS": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout
    picture = tmp_path / "browser" / "states-light.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 10_000


def test_the_whole_check_keeps_the_pictures_of_each_run_outside_the_tree_and_of_the_last_alone(
    tmp_path: Path,
) -> None:
    assert "SHARDWRIGHT_TEST_ARTEFACTS=$(.ci/artefacts)" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    runs = [folder_of_a_run(HOME=str(tmp_path)) for _ in range(6)]
    assert len(set(runs)) == 6
    assert {run.parent for run in runs} == {tmp_path / ".cache" / "shardwright" / "artefacts"}
    assert [run for run in runs if run.is_dir()][-1] == runs[-1]
    assert sum(run.is_dir() for run in runs) == 4


def test_a_folder_that_somebody_named_is_made_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "kept.png").touch()
    named = {"HOME": str(tmp_path), "SHARDWRIGHT_TEST_ARTEFACTS": str(tmp_path / "own")}
    assert folder_of_a_run(**named) == tmp_path / "own"
    assert (tmp_path / "own" / "kept.png").exists()
    assert (
        folder_of_a_run(HOME=str(tmp_path), SHARDWRIGHT_CACHE=str(tmp_path / "c")).parent.parent
        == tmp_path / "c"
    )
