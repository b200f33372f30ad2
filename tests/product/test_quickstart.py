"""Every command of the README and of the quick start is run, and answers as the page says."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.product.transcript import ROOT, Reader, unlike
from tests.services.require import missing

FREE_PORTS = {
    "SHARDWRIGHT_API__PORT": "0",
    "SHARDWRIGHT_MQTT__PORT": "0",
    "SHARDWRIGHT_LOG__FORMAT": "console",
}
ELSEWHERE = frozenset({"make test", "make services", "shardwright dev"})
"""What `.ci/run` runs, which runs this test too; and `dev`, which `tests/cli` and `tests/product` run."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    one = Reader(tmp_path, FREE_PORTS)
    yield one
    one.stop()


def test_the_quick_start_can_be_followed_to_its_end(reader: Reader) -> None:
    assert reader.follow(ROOT / "docs" / "quickstart.md") >= 25


def test_the_readme_can_be_followed_to_its_end(reader: Reader) -> None:
    if shutil.which("curl") is None:
        missing("curl", "it is not installed")
    assert reader.follow(ROOT / "README.md", elsewhere=ELSEWHERE) >= 18


def test_another_output_would_be_noticed() -> None:
    page = ("OWNED   yes  Thing all 2,000 (audit 1 min 50 s)", "...", "{", ' "clean": true,', "a ... b")
    assert unlike(page, 'OWNED  yes  Thing all 12 (audit 3 s)\n {"clean": true}\n') == []
    assert unlike(page, 'OWNED  NO  Thing 7 of 12 unowned\n {"clean": true}\n') == [page[0]]
