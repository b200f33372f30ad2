"""Run as a process of its own: converts a store in many small transactions, and says so after each."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from orchestrator.core.model import Protocol
from orchestrator.ports import Office
from orchestrator.store import migration
from orchestrator.store.operations import Operation
from orchestrator.store.sqlite import SqliteStore
from orchestrator.store.sqlite_file import SqliteFile
from tests.store.next_version import NEXT

OPERATIONS = 4


async def main(path: Path) -> None:
    migration.MAX_OPERATIONS = OPERATIONS
    apply = SqliteFile.apply

    def telling(self: SqliteFile, operations: Sequence[Operation], leader: str) -> None:
        apply(self, operations, leader)
        sys.stdout.write(f"{len(operations)}\n")
        sys.stdout.flush()

    SqliteFile.apply = telling  # type: ignore[method-assign]
    store = await SqliteStore.open(path, {"Thing": Protocol.V1}, migration=NEXT)
    office = await store.campaign("child", "")
    assert isinstance(office, Office)
    found = await store.layout()
    if found.next is None:
        await store.declare(found, replace(found, next=2), office)
    await store.convert("Thing", replace(office, layout=2))
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
