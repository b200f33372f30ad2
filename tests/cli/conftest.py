"""The command line called as a program calls it, against a double of the API."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from cli_double import ApiDouble

from orchestrator.cli import main


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


Shardwright = Callable[..., Outcome]


@pytest.fixture
def api() -> Iterator[ApiDouble]:
    double = ApiDouble()
    server = double.start()
    yield double
    server.shutdown()
    server.server_close()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory and an environment that says nothing."""
    for name in [name for name in os.environ if name.startswith("SHARDWRIGHT_")]:
        monkeypatch.delenv(name)
    # The contexts of whoever runs the tests are none of theirs.
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def shardwright(
    home: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shardwright:
    """Run a command in this process; what it prints is not a terminal's."""

    def run(*words: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["shardwright", *words])
        monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended, monkeypatch.context() as environ:
            # What --server and --context leave in the environment ends with the command.
            environ.setenv("SHARDWRIGHT_SERVER", os.environ.get("SHARDWRIGHT_SERVER", ""))
            environ.setenv("SHARDWRIGHT_CONTEXT", os.environ.get("SHARDWRIGHT_CONTEXT", ""))
            main()
        out, err = capfd.readouterr()
        return Outcome(int(ended.value.code or 0), out, err)

    return run
