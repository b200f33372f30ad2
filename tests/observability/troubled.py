"""An installation of the demo that trouble is made in: small, and quick to notice."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import yaml
from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from tests.product.processes import end, until
from tests.product.product import Product
from tests.product.server import ROOT, Answer
from tests.services.zookeeper_server import ZookeeperServer

TEMPLATE = ROOT / "templates" / "iota-dac" / "pod-template.yml"
WAITING = 100
"""Lines that wait for the journal at once, instead of 20,000: what is dropped is dropped soon."""

RUN = f"""
import orchestrator.engine.recorder as recorder
from orchestrator.cli import main
recorder.WAITING = {WAITING}
main()
"""
STRAY = """
import json, os, time, urllib.request
told = os.environ
url = "{SHARDWRIGHT_URL}/v1/worker/{SHARDWRIGHT_KIND}/{SHARDWRIGHT_SHARD}/sync".format(**told)
beat = {"incarnation": int(told["SHARDWRIGHT_INCARNATION"]), "generation": 0, "pending": [], "load": {}}
head = {"Authorization": "Bearer " + told["SHARDWRIGHT_TOKEN"], "Content-Type": "application/json"}
while True:
    try:
        asked = urllib.request.Request(url, json.dumps(beat).encode(), head)
        urllib.request.urlopen(asked, timeout=5).close()
    except OSError:
        pass
    time.sleep(0.5)
"""
"""A worker that is told that its time is over, and does not care."""


class Troubled(Product):
    def __init__(self, folder: Path, zookeeper: ZookeeperServer) -> None:
        self.zookeeper = zookeeper
        super().__init__(
            folder,
            {
                "SHARDWRIGHT_STORE__ENGINE": "zookeeper",
                "SHARDWRIGHT_STORE__ZOOKEEPER__HOSTS": zookeeper.address,
                "SHARDWRIGHT_STORE__ZOOKEEPER__SESSION_TIMEOUT": "4",
                "SHARDWRIGHT_RUNTIME__DIRECTORY": str(folder / "data"),
                "SHARDWRIGHT_KINDS__THING__INIT_INSTANCES": "4",
                "SHARDWRIGHT_KINDS__THING__TEMPLATE": str(_fragile(folder)),
                "SHARDWRIGHT_KINDS__THING__HEALTH__INTERVAL": "2",
                "SHARDWRIGHT_KINDS__THING__HEALTH__STABLE_AFTER": "2",
                "SHARDWRIGHT_KINDS__THING__HEALTH__BACKOFF_MOST": "3",
                "SHARDWRIGHT_KINDS__RULE__INIT_INSTANCES": "3",
                "SHARDWRIGHT_KINDS__RULE__MAX_INSTANCES": "3",
                "SHARDWRIGHT_KINDS__RULE__RESOURCE_PER_INSTANCE": "115",
            },
        )

    def launch(self, *words: str) -> subprocess.Popen[bytes]:
        assert self.server is None or self.server.poll() is not None
        with self.errors.open("ab") as errors:
            self.server = subprocess.Popen(
                [sys.executable, "-c", RUN, "run", *words],
                cwd=ROOT,
                env=self.environment,
                stdout=errors,
                stderr=errors,
            )
        return self.server

    def clean_up(self) -> list[int]:
        """End the server before the instances, which go on without it."""
        if self.server is not None and self.server.poll() is None:
            self.kill_server()
        return super().clean_up()

    # --- the catalog ---

    def fill(self, kind: str, more: int) -> None:
        """Add rows that nobody announces."""
        known = len(self.catalog_ids(kind))
        for number in range(known, known + more):
            self.sql(f"INSERT INTO \"{kind}\" (id, name) VALUES ('{kind.lower()}-more-{number}', '')")

    def announce(self, ids: list[str]) -> None:
        """Tell that these Things were created."""
        endpoint, publisher = self.endpoint(), Client(CallbackAPIVersion.VERSION2, protocol=MQTTv311)
        publisher.username_pw_set(endpoint.username, endpoint.password)
        publisher.connect(endpoint.host, endpoint.port)
        publisher.loop_start()
        try:
            for one in ids:
                message = json.dumps({"o": "c", "t": "Thing", "k": one})
                publisher.publish("cm/notify", message, qos=1).wait_for_publish(20.0)
        finally:
            publisher.disconnect()
            publisher.loop_stop()

    def resync(self, kind: str) -> Answer:
        return self.post(f"/v1/api/kinds/{kind}/resync")

    # --- trouble ---

    @contextmanager
    def stray(self, kind: str, shard: int) -> Iterator[subprocess.Popen[bytes]]:
        """The instance of the shard goes on beside the next one, unseen by the runtime."""
        environment = Path(f"/proc/{self.pids(kind)[kind, shard]}/environ").read_text().split("\0")
        told = dict(each.split("=", 1) for each in environment if each.startswith("SHARDWRIGHT_"))
        told.pop("SHARDWRIGHT_INSTANCE")
        before = int(told["SHARDWRIGHT_INCARNATION"])
        assert (
            self.post(f"/v1/api/kinds/{kind}/instances/{shard}/restart", {"incarnation": before}).status
            == 200
        )
        stray = subprocess.Popen([sys.executable, "-c", STRAY], env=told)
        try:
            yield stray
        finally:
            stray.kill()
            stray.wait()

    @contextmanager
    def killed(self, kind: str, shard: int) -> Iterator[None]:
        """Something ends the instance of this shard whenever there is one."""
        over = Event()
        killer = Thread(target=self._kill, args=(kind, shard, over))
        killer.start()
        try:
            yield
        finally:
            over.set()
            killer.join()

    def _kill(self, kind: str, shard: int, over: Event) -> None:
        while not over.wait(0.2):
            if (pid := self.pids(kind).get((kind, shard))) is not None:
                end(pid, signal.SIGKILL)

    def forget(self, kind: str) -> None:
        """Note more than fits before the journal takes any of it."""
        for verb in ("pause", "resume") * (WAITING // 2 + 5):
            assert self.post(f"/v1/api/kinds/{kind}/{verb}").status == 200

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Another program has the database of this name to itself."""
        connection = sqlite3.connect(self.data / name, timeout=20, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield
        finally:
            connection.close()

    def calm(self) -> None:
        """All is well again: whatever was tried before has left nothing."""
        until(lambda: all(self._is_well(kind) for kind in ("Thing", "Rule")), 40.0, what="all is well")

    def _is_well(self, kind: str) -> bool:
        found = self.kind(kind)
        return found["verdict"] == "yes" and not found["alarms"] and not found["orchestrating"]


def _fragile(folder: Path) -> Path:
    """The template of workers that end when they acquire an id that begins with ``bad``."""
    manifest = yaml.safe_load(TEMPLATE.read_text("utf-8"))
    manifest["spec"]["containers"][0]["env"].append({"name": "SHARDWRIGHT_TEST_CRASH_ON", "value": "bad"})
    path = folder / "pod-template.yml"
    path.write_text(yaml.safe_dump(manifest), "utf-8")
    return path
