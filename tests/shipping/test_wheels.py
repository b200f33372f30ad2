"""The wheels as somebody gets them: the same bytes each time, and whole in an empty environment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest

from release.requirements import CONSTRAINTS
from release.tree import ROOT
from release.wheels import build
from tests.product.processes import end, inside, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return build(tmp_path_factory.mktemp("wheels"))


@pytest.fixture(scope="module")
def programs(wheels: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an empty environment: what the constraints pin, by its hashes, and the wheels."""
    folder = tmp_path_factory.mktemp("empty") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    for words in (
        ["install", "--no-compile", "--require-hashes", "--requirement", str(CONSTRAINTS)],
        ["install", "--no-deps", *(str(wheel) for wheel in wheels.values())],
        ["check"],
    ):
        done = subprocess.run([*pip, *words], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return folder / "bin"


def said(folder: Path, *words: str) -> str:
    """What a program prints that runs far from the checkout."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("SHARDWRIGHT_", "PYTHONPATH"))}
    done = subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_wheel_that_is_built_again_has_the_same_bytes(wheels: dict[str, Path], tmp_path: Path) -> None:
    again = build(tmp_path / "again")
    assert [path.name for path in again.values()] == [path.name for path in wheels.values()]
    differing = [name for name in wheels if wheels[name].read_bytes() != again[name].read_bytes()]
    assert not differing


def test_the_server_wheel_holds_the_product_and_nothing_else(wheels: dict[str, Path]) -> None:
    with zipfile.ZipFile(wheels["shardwright"]) as wheel:
        names = wheel.namelist()
    tops = {name.partition("/")[0] for name in names if ".dist-info" not in name}
    assert tops == {"orchestrator", "notify", "heartbeat", "api", "templates"}
    shipped = {name for name in names if not name.endswith(".py") and ".dist-info" not in name}
    wanted = {
        path.relative_to(ROOT).as_posix()
        for folder in ("api/console", "api/docs_page", "templates")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    assert wanted <= shipped, sorted(wanted - shipped)
    assert not [name for name in names if "__pycache__" in name or name.endswith((".db", ".key", ".pem"))]


def test_worker_and_client_need_nothing_but_python(wheels: dict[str, Path]) -> None:
    for name in ("shardwright-worker", "shardwright-client"):
        with zipfile.ZipFile(wheels[name]) as wheel:
            [metadata] = [each for each in wheel.namelist() if each.endswith(".dist-info/METADATA")]
            lines = wheel.read(metadata).decode().splitlines()
        assert not [line for line in lines if line.startswith("Requires-Dist") and "extra ==" not in line]
        assert any(each.endswith("py.typed") for each in zipfile.ZipFile(wheels[name]).namelist())


def test_the_programs_start_far_from_the_checkout(programs: Path, tmp_path: Path) -> None:
    python = str(programs / "python")
    where = said(tmp_path, python, "-c", "import orchestrator; print(orchestrator.__path__)")
    assert str(ROOT) not in where
    assert "0.1.0" in said(tmp_path, str(programs / "shardwright"), "version")
    assert "explain" in said(tmp_path, str(programs / "kubectl-shardwright"), "--help")
    client = "import shardwright_client as c; print(c.Client('http://127.0.0.1:1').__class__.__name__)"
    assert said(tmp_path, python, "-c", client).strip() == "Client"
    worker = subprocess.run(
        [python, "-m", "shardwright_worker.reference"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (worker.returncode, worker.stderr.strip()) == (
        2,
        "shardwright-worker: SHARDWRIGHT_KIND is not set",
    )


@pytest.fixture
def server(programs: Path, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("SHARDWRIGHT_", "PYTHONPATH"))}
    environment |= {
        "SHARDWRIGHT_API__PORT": "0",
        "SHARDWRIGHT_MQTT__PORT": "0",
        "SHARDWRIGHT_ACCESS__MODE": "open",
    }
    with (tmp_path / "stderr").open("wb") as errors:
        running = subprocess.Popen(
            [str(programs / "shardwright"), "run"], cwd=tmp_path, env=environment, stderr=errors
        )
    yield running
    if running.poll() is None:
        running.kill()
        running.wait()
    for pid in inside(tmp_path):
        end(pid)


def test_what_was_installed_runs_the_demo_and_its_page(
    server: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    described = tmp_path / "data" / "server.json"
    http = build_opener(ProxyHandler({}))

    def get(path: str) -> bytes:
        url = str(json.loads(described.read_text())["api"]).rstrip("/")
        with http.open(url + path, timeout=30) as answer:
            found: bytes = answer.read()
            return found

    def owned() -> bool:
        assert server.poll() is None, (tmp_path / "stderr").read_text()[-4000:]
        try:
            counts = json.loads(get("/v1/api/kinds/Thing"))["counts"]
        except (OSError, ValueError, KeyError):
            time.sleep(0.2)
            return False
        return bool(counts["owned"] == counts["catalog"] == 2_000)

    until(owned, 120.0, what="all Things of the demo are owned")
    assert b"<html" in get("/")
    assert b"export" in get("/console/app.js") or b"import" in get("/console/app.js")
    assert json.loads(get("/openapi.json"))["openapi"].startswith("3.")
    server.send_signal(signal.SIGINT)
    assert server.wait(60) == 0
    assert inside(tmp_path) == []
