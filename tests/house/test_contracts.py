"""The import contracts hold, and a forbidden import is caught."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("orchestrator", "notify", "heartbeat", "api")


def checked(tree: Path) -> tuple[int, str]:
    ended = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        capture_output=True,
        text=True,
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        timeout=100,
    )
    return ended.returncode, ended.stdout + ended.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree elsewhere, to be spoilt."""
    tree = tmp_path_factory.mktemp("house")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tree / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "setup.cfg", tree)
    return tree


def test_all_contracts_hold() -> None:
    code, said = checked(ROOT)
    assert code == 0, said


@pytest.mark.parametrize(
    ("module", "line", "fault"),
    [
        ("orchestrator/core/model.py", "import kazoo", "orchestrator.core.model -> kazoo"),
        ("orchestrator/core/model.py", "import time", "orchestrator.core.model -> time"),
        (
            "orchestrator/core/model.py",
            "import orchestrator.store.codec",
            "orchestrator.core.model -> orchestrator.store.codec",
        ),
        ("orchestrator/engine/answers/__init__.py", "import notify", "orchestrator.engine.answers -> notify"),
        ("orchestrator/store/codec.py", "import notify", "orchestrator.store.codec -> notify"),
        ("notify/message.py", "import kafka", "notify.message -> kafka"),
        ("api/problem.py", "import orchestrator.settings", "api.problem -> orchestrator.settings"),
        ("api/problem.py", "import shardwright_worker", "api.problem -> shardwright_worker"),
        ("api/problem.py", "import shardwright_client", "api.problem -> shardwright_client"),
        (
            "orchestrator/settings/section.py",
            "import orchestrator.ports",
            "orchestrator.settings.section -> orchestrator.ports",
        ),
        (
            "orchestrator/catalog/kind.py",
            "import orchestrator.demo",
            "orchestrator.catalog.kind -> orchestrator.demo",
        ),
    ],
)
def test_a_forbidden_import_is_caught_and_named(copy: Path, module: str, line: str, fault: str) -> None:
    path = copy / module
    whole = path.read_text(encoding="utf-8")
    path.write_text(f"{whole}\n{line}\n", encoding="utf-8")
    try:
        code, said = checked(copy)
    finally:
        path.write_text(whole, encoding="utf-8")
    assert code == 1
    assert fault in said
