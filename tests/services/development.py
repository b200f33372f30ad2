"""The product on a mix of real services: what ``shardwright dev`` starts, and the test of the whole."""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import create_engine
from sqlalchemy import text as sql

from orchestrator.demo import database
from tests.services.mix import Mix, merged, write
from tests.services.program import Program
from tests.services.waiting import free_ports, wait_for

SHARDWRIGHT = Path(sys.executable).with_name("shardwright")
MARK = ".shardwright-dev"
READY_S = 90.0
STOP_S = 30.0


class Replica:
    """One orchestrator, with a data directory of its own; ``environment``: on top of ours."""

    def __init__(
        self, folder: Path, config: Path, port: int, environment: Mapping[str, str] | None = None
    ) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.data = folder / "data"
        folder.mkdir(parents=True)
        argv = [str(SHARDWRIGHT), "run", "--config", str(config), "--data-dir", str(self.data)]
        self.program = Program([*argv, "--port", str(port)], folder, environment)

    def start(self) -> None:
        self.program.start()

    def wait_ready(self, within: float = READY_S) -> None:
        """Raises RuntimeError with its last words when it is not ready in time."""
        try:
            wait_for(self._is_ready, within, f"{self.url} is ready", every=0.1)
        except AssertionError as exc:
            raise RuntimeError(f"{exc}\n{self.program.said(40)}") from exc

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return json.load(answer)

    def _is_ready(self) -> bool:
        assert self.program.runs, "the server ended"
        with suppress(OSError), urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
        return False


class Development:
    """``services``: what is real, of those of ``Mix``; all else is embedded.

    ``folder`` is emptied at the start. ``config`` is the configuration that all replicas share, for the
    command line too. ``more``: settings on top of what the services say.
    """

    def __init__(
        self,
        folder: Path,
        services: Collection[str],
        *,
        replicas: int = 1,
        zookeepers: int = 1,
        more: dict[str, Any] | None = None,
    ) -> None:
        self.folder = folder
        self.config = folder / "config.yaml"
        self.mix = Mix(folder / "services", tuple(services), zookeepers=zookeepers)
        self.replicas: list[Replica] = []
        self._count = replicas
        self._more = more or {}

    def start(self) -> Iterator[str]:
        """Start it all, saying of each part where it is. Raises RuntimeError when one cannot be had."""
        self._empty()
        for service in self.mix.start():
            yield f"{service.name:<11} {service.address}"
        ports = free_ports(self._count)
        urls = [f"http://127.0.0.1:{port}" for port in ports]
        shared = {"worker": {"urls": urls, "key": secrets.token_hex(32), "ledger": True}}
        # Replicas whose catalogs differ would remove what the other one placed.
        own = {
            "data_dir": str(self.folder / "replica-1" / "data"),
            "catalog": {"url": f"sqlite:///{self.folder / 'catalog.db'}"},
        }
        # On loopback, for whoever starts it; ``more`` may say otherwise.
        own["access"] = {"mode": "open"}
        settings = merged([own, *(each.settings for each in self.mix.running.values()), shared, self._more])
        write(settings, self.config)
        if url := settings.get("catalog", {}).get("url"):
            database.prepare(url)
        self.replicas = [
            Replica(self.folder / f"replica-{n}", self.config, port) for n, port in enumerate(ports, 1)
        ]
        for replica in self.replicas:
            replica.start()
        for replica in self.replicas:
            replica.wait_ready()
            yield f"page        {replica.url}/  (log: {replica.program.output})"
        yield f"config      {self.config}  (shardwright demo churn --config {self.config} ...)"

    def ended(self) -> str:
        """Which replica has ended by itself; empty when none has."""
        return next((one.url for one in self.replicas if not one.program.runs), "")

    def stop(self) -> None:
        """End the orchestrators, then the services."""
        for replica in reversed(self.replicas):
            replica.program.stop(within=STOP_S)
        self.mix.stop()

    def cli(self, *words: str, timeout: float = 120.0) -> subprocess.CompletedProcess[str]:
        """Run a command against the first replica."""
        command = [str(SHARDWRIGHT), "--server", self.replicas[0].url, *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)

    def catalog(self, text: str) -> list[Any]:
        """The first column of a question to the catalog."""
        engine = create_engine(yaml.safe_load(self.config.read_text())["catalog"]["url"])
        try:
            with engine.connect() as connection:
                return list(connection.execute(sql(text)).scalars())
        finally:
            engine.dispose()

    def _empty(self) -> None:
        # Somebody may name a folder that holds something else.
        if self.folder.exists() and any(self.folder.iterdir()) and not (self.folder / MARK).exists():
            raise RuntimeError(f"{self.folder} holds something that is not ours; name an empty folder")
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "services").mkdir(parents=True)
        (self.folder / MARK).touch()
