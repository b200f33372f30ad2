"""What can be seen of a world from outside: who leads, who serves, what the store's log says."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from shardwright_worker.audit import read_ledgers
from shardwright_worker.clock import boottime_ns
from tests.chaos.service import Gap, Hold, gaps, lives
from tests.chaos.world import KINDS, World
from tests.product.outage import ask
from tests.product.processes import runs, until
from tests.services.development import SHARDWRIGHT, Replica

FRESH_S = 1.5
BUSY_S = 4.0
"""What a machine that does other things at the same time may add to a bound."""


class Sight:
    def __init__(self, world: World) -> None:
        self.world = world

    # --- the orchestrators ---

    def leads(self, replica: Replica) -> bool:
        try:
            return bool(ask(replica, "/readyz?verbose").body["standing"]["leads"])
        except (OSError, KeyError, ValueError):
            return False

    def leader(self, within: float = 30.0) -> Replica:
        (found, *_) = until(
            lambda: [one for one in self.world.replicas if self.leads(one)], within, what="one leads"
        )
        return found

    def other(self, replica: Replica) -> Replica:
        return next(one for one in self.world.replicas if one is not replica)

    def decides(self, replica: Replica) -> bool:
        """Whether it leads and would carry out what is asked of it."""
        if not self.leads(replica):
            return False
        plan = ask(replica, "/v1/api/orchestrations/Rule/orchestrate?dryRun=true", "POST")
        return plan.status == 200

    def kind(self, kind: str, replica: Replica | None = None) -> dict[str, Any]:
        found: dict[str, Any] = ask(replica or self.leader(), f"/v1/api/kinds/{kind}").body
        return found

    def held(self, kind: str) -> Any:
        """The removals that wait for a person; nothing where there are none."""
        return self.kind(kind).get("held")

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Ask the leader for something; the status and the answer."""
        data = json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = Request(self.leader().url + path, data=data, headers=headers, method="POST")
        try:
            with urlopen(request, timeout=15) as answer:
                return answer.status, json.load(answer)
        except HTTPError as refused:
            with refused:
                return refused.code, json.load(refused)

    def incarnations(self) -> dict[tuple[str, int], int]:
        return {
            (kind, shard["number"]): shard["incarnation"]
            for kind in KINDS
            for shard in self.kind(kind)["shards"]
        }

    def epoch(self) -> int:
        return int(ask(self.leader(), "/readyz?verbose").body["standing"]["epoch"])

    def instances(self, kind: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = ask(self.leader(), "/v1/api/instances").body["items"]
        return [one for one in found if one["kind"] == kind]

    def pids(self, kind: str) -> dict[int, int]:
        """The process of each live instance, by shard."""
        live = [one for one in self.instances(kind) if one["state"] == "live" and one["uid"]]
        if self.world.pods:
            found = {one["shard"]: self._in_pod(one["uid"]) for one in live}
        else:
            found = {one["shard"]: int(one["uid"].partition(":")[0]) for one in live}
        return {shard: pid for shard, pid in found.items() if runs(pid)}

    def pods(self) -> list[dict[str, Any]]:
        """Of the cluster itself, whatever the orchestrators know."""
        running = self.world.mix.running["kubernetes"]
        namespace = running.settings["runtime"]["kubernetes"]["namespace"]
        found: list[dict[str, Any]] = running.service.api.operator.find(
            f"/api/v1/namespaces/{namespace}/pods"
        )["items"]
        return found

    def _in_pod(self, uid: str) -> int:
        """The first process of a pod; 0 where there is none."""
        node = self.world.mix.running["kubernetes"].service.node
        pod = next((one for one in self.pods() if one["metadata"]["uid"] == uid), None)
        return next(iter(node.processes(pod)), 0) if pod is not None else 0

    def journal(self, kind: str, verb: str) -> list[dict[str, Any]]:
        """Lines of the history, the latest first."""
        answer = ask(self.leader(), f"/v1/api/events?kind={kind}&verb={verb}&limit=200")
        items: list[dict[str, Any]] = answer.body["items"]
        return items

    def stops(self) -> list[object]:
        """Every stop of an instance that the history tells of."""
        return [line["sequence"] for kind in KINDS for line in self.journal(kind, "stop")]

    # --- the workers, by what they write down ---

    def holds(self) -> list[Hold]:
        """Every stretch in which a process served an id, in seconds of the wall clock."""
        offset, now = time.time() - boottime_ns() / 1e9, boottime_ns()
        found = []
        for one in read_ledgers(self.world.ledger):
            fresh = not one.ended and now - one.last < FRESH_S * 1e9
            for hold in one.holds:
                until_ns = now if hold.open and fresh else hold.until
                since, until_s = hold.since / 1e9 + offset, until_ns / 1e9 + offset
                found.append(Hold(one.kind, hold.id, one.process, since, until_s))
        return found

    def wrong(self) -> dict[str, object]:
        """What is not at rest now; empty: each id of the catalog is served, by one process, and no other."""
        found: dict[str, object] = {}
        now = time.time()
        expected = {(kind, one) for kind in KINDS for one in self.world.catalog.ids(kind)}
        served: dict[tuple[str, str], int] = {}
        for hold in self.holds():
            if hold.until >= now:
                served[hold.kind, hold.id] = served.get((hold.kind, hold.id), 0) + 1
        unserved, others = expected - served.keys(), served.keys() - expected
        double = [key for key, count in served.items() if count > 1]
        for name, keys in (("unserved", unserved), ("others", others), ("double", double)):
            if keys:
                found[name] = (len(keys), sorted(keys)[:3])
        return found

    def settle(self, within: float = 60.0) -> float:
        """Wait until all is at rest, both orchestrators too; the seconds that took."""
        began = time.monotonic()
        # Until then the ledger of one that was killed looks like that of one who lives.
        time.sleep(FRESH_S)
        for replica in self.world.replicas:
            replica.wait_ready(within)
        until(lambda: any(self.decides(one) for one in self.world.replicas), within, what="one decides")
        last: dict[str, object] = {}

        def rests() -> bool:
            last.clear()
            last.update(self.wrong())
            return not last

        try:
            until(rests, within, what="all is served once", every=0.4)
        except AssertionError as missed:
            raise AssertionError(f"{missed}: {last}") from None
        return time.monotonic() - began

    def rest_with_a_person(self, within: float = 120.0) -> int:
        """Wait until all is at rest; meanwhile accept what is held, if it is gone. How many that were.

        Deletions whose messages were lost may be more than go without a person.
        """
        accepted = 0

        def rests() -> bool:
            nonlocal accepted
            for kind in KINDS:
                held = self.held(kind)
                if held and not self.world.catalog.ids(kind).intersection(held["sample"]):
                    asked = {"digest": held["digest"], "count": held["count"]}
                    status, _ = self.post(f"/v1/api/kinds/{kind}/removals/accept", asked)
                    accepted += held["count"] if status == 200 else 0
            return not self.wrong()

        until(rests, within, what="all is at rest", every=0.5)
        return accepted

    def gaps(self, since: float, until_s: float) -> Iterator[Gap]:
        spans = lives(self.world.catalog.changes())
        return gaps(self.holds(), spans, since, until_s)

    # --- those who use it ---

    @contextmanager
    def churn(self, rate: float, seconds: float, seed: int = 1) -> Iterator[None]:
        """Changes of the catalog, announced; what is under way is waited for at the end."""
        config = self.world.folder / "churn.yaml"
        # Its links are not those that fail: the catalog's users are no part of this.
        text = (self.world.folder / "config-1.yaml").read_text()
        for line, service in (
            (self.world.databases[0], self.world.postgres),
            (self.world.brokers[0], self.world.mosquitto),
        ):
            text = text.replace(str(line.port), str(service.port))
        config.touch(mode=0o600)
        config.write_text(text)
        words = ["demo", "churn", "--rate", f"{rate:g}", "--seconds", f"{seconds:g}", "--seed", str(seed)]
        output = (self.world.folder / "churn.log").open("ab")
        process = subprocess.Popen(
            [str(SHARDWRIGHT), *words, "--config", str(config)], stdout=output, stderr=output
        )
        try:
            yield
            process.wait(seconds + 60.0)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            output.close()


def pid_of(replica: Replica) -> int:
    return int(json.loads((Path(replica.data) / "server.json").read_text())["pid"])
