"""How many bytes stand in the store because one id changed, and how many of them are the chunk's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from bench.raw import bodies_of_assignment
from bench.real import raw as zookeeper
from bench.real.catalog import PostgresTable
from bench.real.product import Product, Write
from bench.table import KIND
from orchestrator.core.hints import Claim
from orchestrator.core.model import Protocol
from orchestrator.store.layout import Layout
from orchestrator.store.operations import Create, Set
from orchestrator.store.transaction import encode_transaction

WITHIN_S = 5.0
QUIET_S = 0.1


def three_bodies(rows: Sequence[str]) -> list[bytes]:
    """What one assignment writes besides the state of the kind: shard, reload, chunk."""
    return [body for _, body in bodies_of_assignment(rows)][-3:]


async def bytes_written(product: Product, catalog: PostgresTable, rows: Sequence[str]) -> dict[str, Any]:
    """Bytes that the server holds of one change, over owned ids that go and come back, one by one."""
    whole = touched = 0
    for row in rows:
        await asyncio.to_thread(catalog.remove, row)
        gone = await _change(product, row, Claim.DELETED)
        await asyncio.to_thread(catalog.add, [row])
        back = await _change(product, row, Claim.CREATED)
        whole, touched = whole + gone[0] + back[0], touched + gone[1] + back[1]
    return {"bytes_written": whole / len(rows) / 2, "bytes_touched": touched / len(rows) / 2}


async def _change(product: Product, row: str, claim: Claim) -> tuple[int, int]:
    product.store.writes.clear()
    assert product.engine.term is not None
    product.engine.term.stewards[KIND].tenure.inbox.hint([row], claim)
    deadline = time.monotonic() + WITHIN_S
    while not product.store.writes:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{row} was not {claim} within {WITHIN_S:g} s")
        await asyncio.sleep(0.002)
    found = await asyncio.to_thread(_held, product, product.store.writes[0])
    # A deletion is over when the worker has let go of the id; until then it could not come back.
    await asyncio.sleep(QUIET_S)
    return found


def _held(product: Product, write: Write) -> tuple[int, int]:
    """(all bytes, those of chunks) of the nodes that one transaction wrote, as they stand on the server."""
    root = product.settings.store.zookeeper.root
    operations = encode_transaction(write.transaction, Layout(root), Protocol.V1, 0)
    whole = touched = 0
    with zookeeper.client(product.hosts) as bare:
        for operation in operations:
            if isinstance(operation, (Create, Set)):
                length = bare.exists(operation.path).dataLength
                whole += length
                touched += length if "/resources/" in operation.path else 0
    return whole, touched
