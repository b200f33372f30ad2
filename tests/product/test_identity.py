"""What a replica keeps beside the store."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.bootstrap.identity import RememberedStore, refuse_emptied, worker_key
from orchestrator.core.decisions import Transaction
from orchestrator.core.model import Protocol
from orchestrator.engine.store_identity import decide, find
from orchestrator.errors import Permanent
from orchestrator.store.memory import MemoryDocuments, MemoryStore
from tests.contract.changes import NEW, lead, put


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(MemoryDocuments(), {"Thing": Protocol.V1})


def test_the_key_is_made_once_and_the_same_text_is_the_same_key_wherever_it_stands(tmp_path: Path) -> None:
    made = worker_key(tmp_path)
    assert worker_key(tmp_path) == made
    text = (tmp_path / "worker-key").read_text().strip()
    assert worker_key(tmp_path / "elsewhere", text) == made, "a copy of the file seals alike"
    assert worker_key(tmp_path, "a phrase of many words") == b"a phrase of many words"
    with pytest.raises(Permanent, match=r"worker\.key holds 5 bytes"):
        worker_key(tmp_path, "short")


def test_an_id_is_remembered_once_and_a_configured_one_counts_as_remembered(tmp_path: Path) -> None:
    first = RememberedStore(tmp_path)
    assert first.known == ""
    first.remember("A")
    first.remember("B")
    assert (first.known, RememberedStore(tmp_path).known) == ("A", "A")
    assert RememberedStore(tmp_path / "other", "A").known == "A"
    with pytest.raises(Permanent, match=r"store\.id is B, and .*store-id says A"):
        RememberedStore(tmp_path, "B")


async def test_an_empty_store_gets_a_new_id_only_where_none_is_remembered(
    tmp_path: Path, store: MemoryStore
) -> None:
    fresh = RememberedStore(tmp_path)
    assert len(await decide(store, ["Thing"], fresh)) == 16
    await refuse_emptied(fresh, store)
    fresh.remember("A")
    with pytest.raises(Permanent, match=r"the store is empty, and .*store-id says that it held A"):
        await decide(store, ["Thing"], fresh)
    with pytest.raises(Permanent, match="put its file back, or remove store-id to begin anew"):
        await refuse_emptied(fresh, store)


async def test_a_store_that_has_an_id_keeps_it_whoever_comes(tmp_path: Path, store: MemoryStore) -> None:
    await put(store, await lead(store), Transaction(op="op", before=None, after=NEW))
    assert await find(store, ["Rule", "Thing"]) == NEW.store_id
    assert await decide(store, ["Rule"], RememberedStore(tmp_path)) == NEW.store_id
    known = RememberedStore(tmp_path, "B")
    assert await decide(store, ["Thing"], known) == "B", "each kind is compared as it is opened"
