"""Names of transactions and plans: another one each time, in every process."""

from __future__ import annotations

import re
import subprocess
import sys

from orchestrator.bootstrap.parts import unique_name


def test_names_have_their_prefix_and_differ() -> None:
    names = [unique_name("op") for _ in range(100)]
    assert len(set(names)) == 100
    assert all(re.fullmatch(r"op-[0-9a-f]{8}", name) for name in names)


def test_processes_draw_names_of_their_own() -> None:
    asked = (
        "from orchestrator.bootstrap.parts import unique_name; print(*(unique_name('op') for _ in range(5)))"
    )
    drawn = [
        subprocess.run(
            [sys.executable, "-c", asked], capture_output=True, text=True, check=True
        ).stdout.split()
        for _ in range(2)
    ]
    assert not set(drawn[0]) & set(drawn[1])
