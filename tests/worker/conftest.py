"""An orchestrator of one shard that the tests steer, and ways to run workers against it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import shardwright_worker
from shardwright_worker import Identity, Token, Worker

TOKEN = "a-token"
SOURCE = Path(shardwright_worker.__file__).parent.parent


class Orchestrator:
    """Answers as the protocol says, unless told to fail; remembers every beat and when it came."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.beats: list[dict[str, Any]] = []
        self.arrivals: list[float] = []
        self.connections: list[int] = []
        self.ids: dict[int, list[str]] = {}
        self.generation = 0
        self.terms: dict[str, Any] = {"lease": 15.0, "interval": 0.3, "onLoss": "serve", "awayLimit": None}
        self.status: int | None = None
        self.headers: dict[str, str] = {}
        self.raw: Callable[[dict[str, Any]], bytes | None] = lambda beat: None
        self.always_whole = False
        self.closing = False
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.server.block_on_close = False
        self.server.handle_error = lambda request, address: None  # type: ignore[method-assign,assignment]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def commit(self) -> int:
        return 900 + self.generation

    def assign(self, *ids: str) -> int:
        """A new generation with exactly these ids."""
        with self.changed:
            self.generation += 1
            self.ids[self.generation] = list(ids)
            self.changed.notify_all()
            return self.generation

    def fail(self, status: int | None, **headers: str) -> None:
        with self.changed:
            self.status, self.headers = status, headers
            self.changed.notify_all()

    def wait(
        self, holds: Callable[[dict[str, Any]], bool], timeout: float = 5.0, after: int = 0
    ) -> dict[str, Any]:
        """The first beat after the first ``after`` ones for which this holds."""
        deadline = time.monotonic() + timeout
        with self.changed:
            while True:
                for beat in self.beats[after:]:
                    if holds(beat):
                        return beat
                left = deadline - time.monotonic()
                assert left > 0, f"no such beat among {self.beats[-5:]}"
                self.changed.wait(left)

    def applied(self, generation: int, timeout: float = 5.0) -> dict[str, Any]:
        return self.wait(lambda beat: beat["generation"] >= generation, timeout)

    def close(self) -> None:
        with self.changed:
            self.closing = True
            self.changed.notify_all()
        self.server.shutdown()
        self.server.server_close()

    def reply(self, beat: dict[str, Any], path: str, authorization: str) -> tuple[int, dict[str, str], bytes]:
        with self.changed:
            self.beats.append(beat)
            self.arrivals.append(time.monotonic())
            self.changed.notify_all()
            if authorization != f"Bearer {TOKEN}" or path != "/v1/worker/Thing/3/sync":
                return 401, {}, b""
            self.changed.wait_for(
                lambda: self.generation != beat["generation"] or self.status is not None or self.closing,
                0.0 if self.status is not None else self.terms["interval"],
            )
            if self.status is not None:
                return self.status, self.headers, b""
            return 200, {}, self.raw(beat) or json.dumps(self.answer(beat["generation"])).encode()

    def answer(self, base: int) -> dict[str, Any]:
        said = {"generation": self.generation, "commit": self.commit, **self.terms}
        ids = self.ids.get(self.generation, [])
        if base not in self.ids or self.always_whole:
            return {**said, "whole": True, "ids": ids}
        before = self.ids[base]
        add, remove = [id for id in ids if id not in before], [id for id in before if id not in ids]
        return {**said, "whole": False, "base": base, "add": add, "remove": remove}


def _handler(orchestrator: Orchestrator) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            orchestrator.connections.append(1)

        def do_POST(self) -> None:
            beat = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, headers, body = orchestrator.reply(beat, self.path, self.headers["Authorization"])
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:
            return

    return Handler


class Application:
    """Two callbacks that remember their calls and can be made to wait or to raise."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, ...]] = []
        self.tokens: dict[str, Token] = {}
        self.gates: dict[str, threading.Event] = {}
        self.failing: set[str] = set()
        self.lock = threading.Condition()

    def acquire(self, id: str, token: Token) -> None:
        self._note("acquire", id)
        self.tokens[id] = token
        self._pass("acquire", id)

    def release(self, id: str) -> None:
        self._note("release", id)
        self._pass("release", id)

    def gate(self, verb: str, id: str) -> threading.Event:
        """Calls of this verb for this id wait until the event is set."""
        return self.gates.setdefault(f"{verb} {id}", threading.Event())

    def wait(self, verb: str, id: str, times: int = 1) -> None:
        with self.lock:
            assert self.lock.wait_for(lambda: self.calls.count((verb, id)) >= times, 5.0), self.calls

    def _note(self, verb: str, id: str) -> None:
        with self.lock:
            self.calls.append((verb, id))
            self.lock.notify_all()

    def _pass(self, verb: str, id: str) -> None:
        gate = self.gates.get(f"{verb} {id}")
        if gate is not None:
            assert gate.wait(10.0)
        if f"{verb} {id}" in self.failing:
            raise RuntimeError(f"{verb} {id} was told to fail")
        self._note(f"{verb}d", id)


@pytest.fixture
def orchestrator() -> Iterator[Orchestrator]:
    one = Orchestrator()
    yield one
    one.close()


@pytest.fixture
def application() -> Application:
    return Application()


@pytest.fixture
def identity(orchestrator: Orchestrator) -> Identity:
    return Identity("Thing", 3, 12, orchestrator.url, TOKEN)


@pytest.fixture
def worker(application: Application, identity: Identity) -> Iterator[Worker]:
    """A worker that runs in a thread of this process."""
    one = Worker(application.acquire, application.release, identity=identity, grace=1.0)
    thread = threading.Thread(target=one.run)
    thread.start()
    yield one
    for gate in application.gates.values():
        gate.set()
    application.failing.clear()
    one.stop()
    thread.join(5.0)
    assert not thread.is_alive()


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(orchestrator: Orchestrator, tmp_path: Path) -> Iterator[Start]:
    """Starts reference workers as processes; keywords are more of the environment, None removes."""
    started: list[subprocess.Popen[str]] = []

    def start_one(**more: str | None) -> subprocess.Popen[str]:
        environment: dict[str, str | None] = {
            **os.environ,
            "PYTHONPATH": str(SOURCE),
            "SHARDWRIGHT_KIND": "Thing",
            "SHARDWRIGHT_SHARD": "3",
            "SHARDWRIGHT_INCARNATION": "12",
            "SHARDWRIGHT_URL": orchestrator.url,
            "SHARDWRIGHT_TOKEN": TOKEN,
            "SHARDWRIGHT_LEDGER_DIR": str(tmp_path / "ledgers"),
            **more,
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "shardwright_worker.reference"],
            env={name: value for name, value in environment.items() if value is not None},
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start_one
    for process in started:
        process.kill()
        process.communicate()
