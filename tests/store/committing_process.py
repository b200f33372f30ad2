"""Run as a process of its own: commits for ever and says so after each, until it is killed."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from orchestrator.core.decisions import Committed, ShardChange, Transaction
from orchestrator.core.documents import finish
from orchestrator.core.model import Chunk, KindState, Protocol, Shard
from orchestrator.ports import Office
from orchestrator.store.sqlite import SqliteStore


async def main(path: Path) -> None:
    store = await SqliteStore.open(path, {"Thing": Protocol.V1})
    office = await store.campaign("child", "")
    assert isinstance(office, Office)
    state: KindState | None = None
    shard: Shard | None = None
    commit = 0
    while True:
        commit += 1
        ids = tuple(f"{commit}-{n}" for n in range(128))
        after = finish(
            shard, replace(shard or Shard(number=0, capacity=(128,)), chunks=(_chunk(shard, ids),)), "op"
        )
        version = 0 if state is None else state.version + 1
        wanted = KindState(kind="Thing", commit=commit, version=version)
        change = ShardChange(before=shard, after=after)
        transaction = Transaction(op="op", before=state, after=wanted, changes=(change,))
        assert await store.commit(transaction, office) == Committed()
        state, shard = wanted, after
        sys.stdout.write(f"{commit}\n")
        sys.stdout.flush()


def _chunk(shard: Shard | None, ids: tuple[str, ...]) -> Chunk:
    return Chunk(ids=ids) if shard is None else replace(shard.chunks[0], ids=ids)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
