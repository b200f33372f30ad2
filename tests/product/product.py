"""The product as its user has it: a server with what it says of itself, its catalog and its ledgers."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection
from contextlib import closing
from pathlib import Path
from typing import Any

from notify.endpoint import Endpoint
from orchestrator.demo import DemoTarget
from shardwright_worker.audit import Report, audit, read_ledgers
from tests.product.processes import runs, until
from tests.product.server import Server


class Product(Server):
    # --- what it says ---

    def kind(self, kind: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/v1/api/kinds/{kind}").json
        return found

    def counters(self) -> dict[str, int]:
        found: dict[str, int] = self.get("/v1/api/overview").json["counters"]
        return found

    def instances(self, kind: str | None = None) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.get("/v1/api/instances").json["items"]
        return [one for one in items if kind in (None, one["kind"])]

    def pids(self, kind: str | None = None) -> dict[tuple[str, int], int]:
        """The first process of each live instance, by kind and shard."""
        return {
            (one["kind"], one["shard"]): int(one["uid"].partition(":")[0])
            for one in self.instances(kind)
            if one["state"] == "live" and one["uid"] and runs(int(one["uid"].partition(":")[0]))
        }

    def is_settled(self, kind: str) -> bool:
        """Every id of the catalog is owned and acknowledged, and nothing is under way."""
        found = self.kind(kind)
        expected = len(self.catalog_ids(kind))
        counts = found["counts"]
        return not found["orchestrating"] and counts["owned"] == counts["catalog"] == expected

    def settle(self, *kinds: str, within: float = 60.0) -> float:
        """Wait until all kinds are settled; the seconds that took."""
        began = time.monotonic()
        for kind in kinds or ("Thing", "Rule"):
            until(
                lambda kind=kind: self.is_settled(kind),  # type: ignore[misc]
                within,
                what=f"{kind} is settled",
            )
        return time.monotonic() - began

    # --- catalog and ledgers ---

    @property
    def catalog(self) -> Path:
        return self.data / "catalog.db"

    def sql(self, text: str, *values: object) -> list[tuple[Any, ...]]:
        """One statement on the catalog, announced to nobody."""
        with closing(sqlite3.connect(self.catalog, timeout=20)) as connection, connection:
            return connection.execute(text, values).fetchall()

    def endpoint(self) -> Endpoint:
        """The embedded broker and its account."""
        told = self.described()["mqtt"]
        password = (self.data / "mqtt-password").read_text("ascii").strip()
        return Endpoint(host=told["host"], port=told["port"], username="shardwright", password=password)

    def demo_target(self) -> DemoTarget:
        return DemoTarget(catalog_url=f"sqlite:///{self.catalog}", endpoint=self.endpoint())

    def catalog_ids(self, kind: str) -> frozenset[str]:
        return frozenset(row[0] for row in self.sql(f'SELECT id FROM "{kind}"'))

    def audit(self, kind: str, expected: Collection[str] = ()) -> Report:
        """Who serves what by the workers' own ledgers."""
        return audit(read_ledgers(self.data / "ledger", kind=kind), expected=expected)

    def served_ids(self, kind: str) -> frozenset[str]:
        return frozenset(self.audit(kind).served.get(kind, ()))

    def served_by(self, kind: str) -> dict[str, int]:
        """The shard that serves each id, by the ledgers."""
        served = self.audit(kind).served.get(kind, {})
        return {one: int(processes[0].rsplit("-", 3)[1]) for one, processes in served.items()}

    def misserved(self, kind: str) -> dict[str, list[str]]:
        """What is wrong now by the ledgers; empty: exactly the ids of the catalog, each by one process."""
        expected = self.catalog_ids(kind)
        report = self.audit(kind, expected)
        found = {
            "unserved": sorted(report.unserved),
            "double": sorted(id for _, id in report.double_now),
            "nobody's": sorted(report.served.get(kind, {}).keys() - expected),
        }
        return {name: ids for name, ids in found.items() if ids}

    def assert_served_once(self, *, within: float = 2.0) -> float:
        """In time, exactly the ids of the catalog are served, by one process each, as ever before.

        The seconds that took.
        """
        began = time.monotonic()
        for kind in ("Thing", "Rule"):
            while wrong := self.misserved(kind):
                assert time.monotonic() - began < within, (kind, wrong)
                time.sleep(0.05)
        took = time.monotonic() - began
        for kind in ("Thing", "Rule"):
            report = self.audit(kind)
            assert (report.double_served, report.double_now, report.backwards) == ((), (), ())
        return took
