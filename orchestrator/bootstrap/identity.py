"""What a replica keeps beside the store: the store's id, and the key that seals worker tokens."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from orchestrator.errors import Permanent
from orchestrator.ports import Store

SHORTEST_KEY = 16


def worker_key(data_dir: Path, given: str | None = None) -> bytes:
    """The key as configured, else that in ``data_dir/worker-key``, made at the first start, for its owner's
    eyes only. All replicas must have the same.

    Raises Permanent when there is no usable key: with another one, instances that run would be turned away.
    """
    if given is not None:
        return _key_of(given, "worker.key")
    path = data_dir / "worker-key"
    try:
        if not path.exists():
            write_private(path, secrets.token_hex(32))
        text = path.read_text(encoding="ascii").strip()
        bytes.fromhex(text)
    except (OSError, ValueError) as error:
        raise Permanent(f"the key of the workers {path} cannot be read: {error}") from error
    return _key_of(text, str(path))


def _key_of(text: str, source: str) -> bytes:
    """Hexadecimal digits are bytes, as in a file of ours that was copied; any other text is itself."""
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = text.encode()
    if len(key) < SHORTEST_KEY:
        raise Permanent(f"{source} holds {len(key)} bytes, a key has {SHORTEST_KEY} or more; put it back")
    return key


class RememberedStore:
    """The id of the store in ``data_dir/store-id``. ``given``: as configured; it counts as remembered.

    Raises Permanent for a file that cannot be read, or that says another id than the configuration.
    """

    def __init__(self, data_dir: Path, given: str | None = None) -> None:
        self._path = data_dir / "store-id"
        written = self._read()
        if given and written and given != written:
            raise Permanent(f"store.id is {given}, and {self._path} says {written}: one of them must go")
        self.known = given or written
        self.source = "store.id" if given and not written else str(self._path)
        self.name = "store.id" if given and not written else self._path.name

    def remember(self, store_id: str) -> None:
        self.known = self.known or store_id
        if not self._path.exists():
            try:
                write_private(self._path, self.known)
            except OSError as error:
                raise Permanent(f"{self._path} cannot be written: {error}") from error

    def _read(self) -> str:
        try:
            return self._path.read_text(encoding="ascii").strip() if self._path.exists() else ""
        except (OSError, ValueError) as error:
            raise Permanent(f"{self._path} cannot be read: {error}") from error


async def refuse_emptied(identity: RememberedStore, store: Store) -> None:
    """An embedded store that is empty where there was one before has lost its file. Raises Permanent.

    Elsewhere the leader finds out: the store need not be there when a server starts.
    """
    if identity.known and not await store.kinds():
        raise Permanent(
            f"the store is empty, and {identity.source} says that it held {identity.known}:"
            f" put its file back, or remove {identity.name} to begin anew"
        )


def write_private(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable by its owner only."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
