"""What the soak runs: two orchestrators, three ZooKeepers, Kafka, Mosquitto, PostgreSQL, local workers."""

from __future__ import annotations

import json
import os
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from shardwright_worker.audit import Report, audit, read_ledgers
from shardwright_worker.clock import boottime_ns
from tests.services.development import Development, Replica
from tests.services.waiting import wait_for

SERVICES = ("zookeeper", "kafka", "mosquitto", "postgres")
KINDS = ("Thing", "Rule")
READY_S = 90.0
Turn = tuple[str, Callable[[], None]]
FRESH_S = 3.0
"""A worker whose ledger is silent for longer counts as gone; it writes every quarter of a second."""


class Installation(Development):
    def __init__(self, folder: Path) -> None:
        # Workers must outlive the minute for which the store is away.
        more = {"worker": {"away_limit": 600}}
        super().__init__(folder, SERVICES, replicas=2, zookeepers=3, more=more)

    # --- what is there ---

    def pid(self, replica: Replica) -> int:
        return int(json.loads((replica.data / "server.json").read_text())["pid"])

    def leader(self) -> Replica | None:
        for replica in self.replicas:
            with suppress(OSError, KeyError):
                if replica.get("/readyz?verbose")["standing"]["leads"]:
                    return replica
        return None

    def nodes(self, name: str) -> list[Any]:
        """The programs of a service."""
        service = self.mix.running[name].service
        return service.servers if name == "zookeeper" else [service]

    def ids(self, kind: str) -> frozenset[str]:
        """The ids of the catalog. Raises what the database raises while it is away."""
        return frozenset(self.catalog(f'SELECT id FROM "{kind}"'))

    def judged(self, kind: str, expected: frozenset[str]) -> Report:
        # as of now: after an hour it takes longer to read the ledgers than a worker may be quiet
        now = boottime_ns()
        ledgers = read_ledgers(self.folder / "services" / "ledger", kind=kind)
        return audit(ledgers, expected=expected, at=now, fresh=FRESH_S)

    def settle(self, within: float = READY_S) -> None:
        """Wait until exactly the ids of the catalog are served. Raises AssertionError."""
        for kind in KINDS:
            wait_for(lambda kind=kind: self._is_served(kind), within, f"{kind} is served", every=0.5)  # type: ignore[misc]

    def _is_served(self, kind: str) -> bool:
        expected = self.ids(kind)
        report = self.judged(kind, expected)
        return not report.unserved and report.served.get(kind, {}).keys() == expected

    # --- everything in turn ---

    def turns(self, chance: random.Random, *, orchestrators: bool) -> Iterator[Turn]:
        """One round: each part once, in an order of chance."""
        parts: list[Turn] = [
            ("a worker of Thing", lambda: self._kill_worker("Thing", chance)),
            ("a worker of Rule", lambda: self._kill_worker("Rule", chance)),
        ]
        for name in SERVICES:
            for number, node in enumerate(self.nodes(name), 1):
                parts.append((name if name != "zookeeper" else f"zookeeper {number}", node.restart))
        if orchestrators:
            parts += [("the leader", self._kill_leader), ("the follower", self._stop_follower)]
        chance.shuffle(parts)
        yield from parts

    def _kill_worker(self, kind: str, chance: random.Random) -> None:
        # a leader that has just begun has yet to see which process each instance is
        pids: list[int] = []

        def known() -> bool:
            pids[:] = self._workers(kind)
            return bool(pids)

        wait_for(known, READY_S, f"the processes of {kind} are known", every=0.2)
        with suppress(ProcessLookupError):
            os.kill(chance.choice(pids), signal.SIGKILL)

    def _workers(self, kind: str) -> list[int]:
        found = self.replicas[0].get(f"/v1/api/instances?kind={kind}")["items"]
        return [int(one["uid"].partition(":")[0]) for one in found if one["state"] == "live" and one["uid"]]

    def _kill_leader(self) -> None:
        leader = self.leader()
        if leader is not None:
            leader.program.kill()
            leader.start()
            leader.wait_ready()

    def _stop_follower(self) -> None:
        leader = self.leader()
        follower = next(one for one in self.replicas if one is not leader)
        follower.program.stop(within=30.0)
        follower.start()
        follower.wait_ready()
