"""The product from outside: a server process, its interface over HTTP, its command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from tests.product.processes import end, inside, until
from tests.services.waiting import free_ports

ROOT = Path(__file__).parents[2]
SHARDWRIGHT = Path(sys.executable).with_name("shardwright")
READY_S = 60.0
STOP_S = 40.0

_http = build_opener(ProxyHandler({}))


@dataclass(frozen=True)
class Answer:
    status: int
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Server:
    """One installation. ``environment``: settings on top of free ports and its own data directory."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.data = folder / "data"
        self.errors = folder / "stderr"
        self._folder = folder
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("SHARDWRIGHT_")} | {
            "SHARDWRIGHT_DATA_DIR": str(self.data),
            "SHARDWRIGHT_API__PORT": "0",
            "SHARDWRIGHT_MQTT__PORT": "0",
            "SHARDWRIGHT_ACCESS__MODE": "open",
            **(environment or {}),
        }
        self.program: Sequence[str | Path] = (SHARDWRIGHT,)
        self.server: subprocess.Popen[bytes] | None = None
        self._commands: list[subprocess.Popen[str]] = []

    def with_fixed_ports(self) -> Self:
        """As in an installation whose server others find again after a restart."""
        names = ("SHARDWRIGHT_API__PORT", "SHARDWRIGHT_MQTT__PORT")
        self.environment |= zip(names, map(str, free_ports(2)), strict=True)
        return self

    # --- the server ---

    def launch(self, *words: str) -> subprocess.Popen[bytes]:
        assert self.server is None or self.server.poll() is not None
        with self.errors.open("ab") as errors, (self._folder / "stdout").open("ab") as out:
            self.server = subprocess.Popen(
                [*self.program, "run", *words], cwd=ROOT, env=self.environment, stdout=out, stderr=errors
            )
        return self.server

    def start(self) -> float:
        """Launch it and wait until it is ready; the seconds that took."""
        began = time.monotonic()
        self.launch()
        until(self.is_ready, READY_S, what=f"the server is ready: {self.said()[-2000:]}", every=0.02)
        return time.monotonic() - began

    def is_ready(self) -> bool:
        return self.is_up() and self.get("/readyz").status == 200

    def is_up(self) -> bool:
        """Whether this very server answers, and not one that was killed before."""
        assert self.server is not None
        assert self.server.poll() is None, self.said()
        try:
            return bool(self.described()["pid"] == self.server.pid) and self.get("/livez").status == 200
        except OSError:
            return False

    def kill_server(self) -> None:
        assert self.server is not None
        self.server.kill()
        self.server.wait()

    def stop(self) -> int:
        """Stop it as Ctrl-C does; the exit code. No process may be left."""
        assert self.server is not None
        self.server.send_signal(signal.SIGINT)
        code = self.server.wait(STOP_S)
        assert inside(self.data) == []
        return code

    def clean_up(self) -> list[int]:
        """End everything that was started here; what was still running though the server had ended."""
        left = inside(self.data) if self.server is None or self.server.poll() is not None else []
        for command in self._commands:
            if command.poll() is None:
                command.kill()
            command.communicate()
        if self.server is not None and self.server.poll() is None:
            self.server.send_signal(signal.SIGCONT)
            self.server.send_signal(signal.SIGTERM)
            try:
                self.server.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.kill_server()
            left = inside(self.data)
        for pid in inside(self.data):
            end(pid)
        until(lambda: not inside(self.data), 10.0, what="killed processes are gone")
        return left

    def said(self) -> str:
        """All that the server wrote to its standard error."""
        return self.errors.read_text("utf-8", "replace") if self.errors.exists() else ""

    @property
    def url(self) -> str:
        return str(self.described()["api"]).rstrip("/")

    def described(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.data / "server.json").read_text())
        return found

    # --- its interfaces ---

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float = 60.0,
    ) -> Answer:
        """``body``: bytes as they are, anything else as JSON. Asked with the token of the commands."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        given = {"Content-Type": "application/json"} if data is not None else {}
        if token := self.environment.get("SHARDWRIGHT_TOKEN"):
            given["Authorization"] = f"Bearer {token}"
        request = Request(self.url + path, data=data, headers=given | dict(headers or {}), method=method)
        try:
            with _http.open(request, timeout=timeout) as answer:
                return Answer(answer.status, answer.read().decode("utf-8", "replace"))
        except HTTPError as refusal:
            with refusal:
                return Answer(refusal.code, refusal.read().decode("utf-8", "replace"))

    def get(self, path: str) -> Answer:
        return self.call("GET", path)

    def post(self, path: str, body: object = None) -> Answer:
        return self.call("POST", path, {} if body is None else body)

    def command(self, *words: str, before: Sequence[str] = ()) -> subprocess.Popen[str]:
        """A command that is left running; ``before``: the program that starts it."""
        pipe = subprocess.PIPE
        command = subprocess.Popen(
            [*before, SHARDWRIGHT, *words],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=pipe,
            stderr=pipe,
            text=True,
        )
        self._commands.append(command)
        return command

    def cli(self, *words: str, timeout: float = 90.0) -> Outcome:
        command = self.command(*words)
        out, err = command.communicate(timeout=timeout)
        return Outcome(command.returncode, out, err)
