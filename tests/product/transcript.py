"""A page as its reader follows it: files written, commands run in order, outputs held against the page's.

Outputs are compared in shape: each line of the page that is not cut at its beginning by ``...`` has a line of
the real output with the same words in the same order. Numbers, times and names of machines are free.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.product.processes import end, inside

ROOT = Path(__file__).parents[2]
NOT_LINKED = {"data", "mine", "dist", "build", ".git"}
FILE = re.compile(r"`([\w./-]+\.\w+)`[^`]*:\s*$")
SERVER = re.compile(r"^make run$|(^|[ /])shardwright run$")
STATE = re.compile(r"^(\. |export )")
CHANGES = re.compile(
    r"demo|orchestrate|apply|undo|plan |resync|kill|sqlite3|curl -s -X POST|watch|audit|config|export|\. "
)
WORD = re.compile(r"[A-Za-z][A-Za-z_-]{2,}")
ANYWHERE = re.compile(
    r"vm-\S+|/home/you\S*|^Installing .*|\[info .*|p-[0-9a-f]{8}|\bmin\b|\b\d+(ms|min|s)\S*"
)
SERVER_S, COMMAND_S, LATER_S = 90.0, 150.0, 45.0


@dataclass(frozen=True)
class Step:
    """A command with the output that the page shows; ``line`` is where it stands."""

    line: int
    command: str
    output: tuple[str, ...]


@dataclass(frozen=True)
class Written:
    """A file that the page has its reader write."""

    line: int
    path: str
    text: str


def steps(page: Path) -> Iterator[Step | Written]:
    """What the page has its reader do, in order."""
    lines = page.read_text(encoding="utf-8").splitlines()
    number = 0
    while number < len(lines):
        fence = re.match(r"^```(\S*)$", lines[number])
        if not fence:
            number += 1
            continue
        close = lines.index("```", number + 1)
        body = lines[number + 1 : close]
        if fence[1] == "console":
            yield from _commands(body, number + 2)
        elif named := FILE.search(" ".join(lines[max(0, number - 3) : number]).strip()):
            yield Written(number + 1, named[1], "\n".join(body) + "\n")
        number = close + 1


def _commands(body: list[str], first: int) -> Iterator[Step]:
    command, at, output, goes_on = "", 0, list[str](), False
    for number, line in enumerate(body, first):
        if goes_on:
            command = f"{command[:-1]}{line.strip()}"
        elif line.startswith("$ "):
            if command:
                yield Step(at, command, tuple(output))
            command, at, output = line[2:], number, []
        else:
            output.append(line)
            continue
        goes_on = command.endswith("\\")
    if command:
        yield Step(at, command, tuple(output))


def unlike(expected: tuple[str, ...], real: str) -> list[str]:
    """The lines of the page that no line of the output has the words of."""
    there = [WORD.findall(line) for line in real.splitlines()]
    missing = []
    for line in expected:
        words = [] if line.startswith("...") else WORD.findall(ANYWHERE.sub(" ", line))
        if words and not any(_within(words, one) for one in there):
            missing.append(line)
    return missing


def _within(words: list[str], line: list[str]) -> bool:
    rest = iter(line)
    return all(any(word == each for each in rest) for word in words)


class Reader:
    """Follows a page in a folder that looks like a fresh checkout."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._state: list[str] = []
        # Of a make that runs these tests, too, nothing is for the make that is tried here.
        self._environment = {
            k: v
            for k, v in os.environ.items()
            if not k.startswith(("SHARDWRIGHT_", "MAKE", "MFLAGS", "ARGS"))
        }
        self._environment |= environment
        self._server: subprocess.Popen[bytes] | None = None
        self._said = folder / "said-by-the-server"
        for entry in ROOT.iterdir():
            if entry.name not in NOT_LINKED:
                (folder / entry.name).symlink_to(entry)

    def follow(self, page: Path, *, elsewhere: frozenset[str] = frozenset()) -> int:
        """Do all of it; how many commands were run. ``elsewhere``: beginnings of what others run."""
        run = 0
        for step in steps(page):
            if isinstance(step, Written):
                target = self._folder / step.path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(step.text, encoding="utf-8")
            elif not step.command.startswith(tuple(elsewhere)):
                where = f"{page.name}:{step.line}: {step.command}"
                self._serve(step, where) if SERVER.search(step.command) else self._do(step, where)
                run += 1
        return run

    def _serve(self, step: Step, where: str) -> None:
        self.stop()
        # What the first call installs is installed here already.
        command = step.command.replace("make run", "make -o .venv/.installed-run run")
        with self._said.open("wb") as said:
            self._server = subprocess.Popen(
                ["bash", "-c", f"exec {command}" if "=" not in command else f"exec env {command}"],
                cwd=self._folder,
                env=self._environment,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        self._until(step, where, lambda: self._said.read_text("utf-8", "replace"), SERVER_S)

    def _do(self, step: Step, where: str) -> None:
        if STATE.match(step.command):
            self._state.append(step.command)
        if CHANGES.search(step.command):
            real = self._output(step.command, where)
            missing = unlike(step.output, real)
            assert not missing, f"{where}\nnot there: {missing}\nbut: {real[-3000:]}"
        else:
            self._until(step, where, lambda: self._output(step.command, where), LATER_S)

    def _until(self, step: Step, where: str, output, within: float) -> None:  # type: ignore[no-untyped-def]
        limit = time.monotonic() + within
        while missing := unlike(step.output, real := output()):
            assert self._server is None or self._server.poll() is None, self._said.read_text()[-4000:]
            assert time.monotonic() < limit, f"{where}\nnot there: {missing}\nbut: {real[-3000:]}"
            time.sleep(0.3)

    def _output(self, command: str, where: str) -> str:
        command = command.replace("http://127.0.0.1:8080", self._url())
        done = subprocess.run(
            ["bash", "-c", "\n".join([*self._state, command])],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=COMMAND_S,
        )
        # 1 says that something differs or is not as it should be; more is a command that was not understood.
        assert done.returncode in (0, 1), f"{where}\nended with {done.returncode}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def _url(self) -> str:
        for described in sorted(self._folder.glob("*/server.json")) + sorted(
            self._folder.glob("mine/*/server.json")
        ):
            return str(json.loads(described.read_text())["api"]).rstrip("/")
        return "http://127.0.0.1:8080"

    def stop(self) -> None:
        """End the server as Ctrl-C does, and see that it leaves nothing."""
        if self._server is None:
            return
        # A terminal sends Ctrl-C to all of the group, so to the server as well as to the `make` before it.
        os.killpg(self._server.pid, signal.SIGINT)
        try:
            assert self._server.wait(60) in (0, 2, -signal.SIGINT)
        finally:
            if self._server.poll() is None:
                self._server.kill()
                self._server.wait()
            self._server = None
            left = [pid for pid in inside(self._folder) if pid != os.getpid()]
            for pid in left:
                end(pid)
        assert not left
