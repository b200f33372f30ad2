"""What the images are made of, judged without an engine."""

from __future__ import annotations

import http.server
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from release.requirements import pins
from release.tree import ROOT
from tests.services.waiting import free_ports

FOLDER = ROOT / "deploy" / "image"
FILES = ("Dockerfile", "worker.Dockerfile")


def version() -> str:
    found = re.search(r"^version = (\S+)$", (ROOT / "setup.cfg").read_text(), re.MULTILINE)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("name", FILES)
def test_an_image_has_the_version_of_the_product(name: str) -> None:
    text = (FOLDER / name).read_text()
    assert f"ARG VERSION={version()}\n" in text
    assert re.findall(r"-t \S+:(\S+) \.$", text, re.MULTILINE) == [version()]


def test_what_runs_the_images_names_this_version_of_them() -> None:
    named = [ROOT / "deploy" / "compose" / "compose.yaml", *(ROOT / "templates").rglob("*.yml")]
    for file in named:
        found = re.findall(r"image: shardwright(?:-worker)?:(\S+)", file.read_text())
        assert set(found) == {version()}, file


@pytest.mark.parametrize("name", FILES)
def test_what_runs_is_nobody_and_needs_no_shell(name: str) -> None:
    final = (FOLDER / name).read_text().rpartition("FROM ")[2]
    assert "USER 10001:10001" in final
    assert not re.findall(r"^RUN ", final, re.MULTILINE), "a step on the base that may have no shell"
    for word in ("ENTRYPOINT", "CMD"):
        assert not re.findall(rf"^\s*{word} (?!\[)", final, re.MULTILINE), f"{word} by a shell"


def test_what_builds_the_wheels_is_pinned_by_its_hash() -> None:
    assert {pin.name for pin in pins(FOLDER / "build.txt")} == {"pip", "setuptools"}


def test_a_tree_is_settled_whoever_made_it(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("x")
    (tmp_path / "run").chmod(0o770)
    (tmp_path / "a.py").write_text("x = 1\n")
    (tmp_path / "a.py").chmod(0o666)
    (tmp_path / "link").symlink_to("nowhere")
    words = [sys.executable, str(FOLDER / "settle.py"), str(tmp_path), "--compile", "--as", "/elsewhere"]
    subprocess.run(words, env={"SOURCE_DATE_EPOCH": "7"}, check=True)
    [code] = tmp_path.rglob("*.pyc")
    assert b"/elsewhere/a.py" in code.read_bytes() and str(tmp_path).encode() not in code.read_bytes()
    for path in tmp_path.rglob("*"):
        told = path.lstat()
        assert told.st_mtime == 7.0, path
        if path.is_file():
            assert told.st_mode == (0o100755 if path.name == "run" else 0o100644), path


class Answer(http.server.BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/livez" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing is said."""


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of what answers as a server does; a change of ``Answer.status`` is undone."""
    monkeypatch.setattr(Answer, "status", 200)
    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def health(folder: Path, **settings: object) -> tuple[int, str]:
    """What the health check of the image says in a folder, with these variables."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("SHARDWRIGHT_")}
    done = subprocess.run(
        [sys.executable, str(FOLDER / "health.py")],
        cwd=folder,
        env={**own, **{f"SHARDWRIGHT_{key}": str(value) for key, value in settings.items()}},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


def test_it_is_healthy_where_livez_answers(
    tmp_path: Path, answering: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert health(tmp_path, API__PORT=answering) == (0, "")
    monkeypatch.setattr(Answer, "status", 503)
    assert health(tmp_path, API__PORT=answering)[0] == 1


def test_the_file_in_the_working_directory_says_where_to_ask(tmp_path: Path, answering: int) -> None:
    (tmp_path / "config.yaml").write_text(f"api: {{host: 0.0.0.0, port: {answering}}}\n")
    assert health(tmp_path) == (0, "")


def test_it_is_not_healthy_where_nobody_answers(tmp_path: Path) -> None:
    code, said = health(tmp_path, API__PORT=free_ports(1)[0])
    assert code == 1 and said.startswith("the server does not answer: ")
    # Any free port: the server writes which, and there is none.
    assert health(tmp_path, API__PORT=0, DATA_DIR=tmp_path)[0] == 1
    code, said = health(tmp_path, API__PROT=1)
    assert code == 1 and "SHARDWRIGHT_API__PROT is not a setting" in said
