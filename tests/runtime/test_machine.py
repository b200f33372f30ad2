"""The place of local processes: a folder of one machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.errors import Permanent
from orchestrator.runtime.machine import local_place
from orchestrator.runtime.process import ProcessRuntime


def test_a_machine_is_told_from_another_without_showing_its_id(tmp_path: Path) -> None:
    one, other, missing = tmp_path / "one", tmp_path / "other", tmp_path / "missing"
    one.write_text("0123456789abcdef0123456789abcdef\n")
    other.write_text("fedcba9876543210fedcba9876543210\n")
    here = local_place("/srv/x", (missing, one))
    assert here.startswith("/srv/x on machine ") and "0123456789" not in here
    assert here == local_place("/srv/x", (one,)) != local_place("/srv/x", (other,))


def test_a_machine_without_an_id_is_told_by_the_folder_alone(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_text("\n")
    assert local_place("/srv/x", (tmp_path / "missing", empty)) == "/srv/x"


async def test_another_folder_is_another_place_unless_it_moves_with_its_store(tmp_path: Path) -> None:
    made = [ProcessRuntime(tmp_path / name, cluster="c") for name in ("a", "a", "b")]
    moving = [ProcessRuntime(tmp_path / name, cluster="c", name="the folder of the store") for name in "ab"]
    try:
        first, same, other = [await runtime.place() for runtime in made]
        assert first == same != other
        assert str(tmp_path / "a") in first
        before, after = [await runtime.place() for runtime in moving]
        assert before == after != first
    finally:
        for runtime in (*made, *moving):
            await runtime.close()


async def test_a_process_is_never_forgotten(tmp_path: Path) -> None:
    runtime = ProcessRuntime(tmp_path, cluster="c")
    try:
        with pytest.raises(Permanent, match="known here"):
            await runtime.force("Thing", 3, "77:1")
    finally:
        await runtime.close()
