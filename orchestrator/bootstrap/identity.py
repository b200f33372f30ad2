"""What an installation keeps beside its store: the store's id, and the key that seals worker tokens."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from orchestrator.errors import Permanent
from orchestrator.ports import Store

SHORTEST_KEY = 16


def worker_key(data_dir: Path) -> bytes:
    """The key in ``data_dir/worker-key``, made at the first start, for its owner's eyes only.

    Raises Permanent when the file holds no key: with another one, instances that run would be turned away.
    """
    path = data_dir / "worker-key"
    try:
        if not path.exists():
            write_private(path, secrets.token_hex(32))
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise Permanent(f"the key of the workers {path} cannot be read: {error}") from error
    if len(key) < SHORTEST_KEY:
        raise Permanent(f"{path} holds {len(key)} bytes, a key has {SHORTEST_KEY} or more; put it back")
    return key


async def store_id(data_dir: Path, store: Store) -> str:
    """The id of the store that this installation writes to.

    An empty store where there was one before has lost its data: to begin anew on it would forget who
    owns what. Raises Permanent then.
    """
    path = _path(data_dir)
    known = path.read_text(encoding="ascii").strip() if path.exists() else ""
    kinds = await store.kinds()
    if known and not kinds:
        raise Permanent(
            f"the store is empty, and {path} says that it held {known}: put its file back,"
            f" or remove {path.name} to begin anew"
        )
    return known or await _adopted(store, kinds) or secrets.token_hex(8)


def remember_store(data_dir: Path, identity: str) -> None:
    """Write the store's id down, once the store holds it."""
    path = _path(data_dir)
    if not path.exists():
        write_private(path, identity)


def write_private(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable by its owner only."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _path(data_dir: Path) -> Path:
    return data_dir / "store-id"


async def _adopted(store: Store, kinds: Sequence[str]) -> str:
    for kind in kinds:
        loaded = await store.load(kind)
        if loaded is not None and loaded.state.store_id:
            return loaded.state.store_id
    return ""
