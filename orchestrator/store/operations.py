"""What a store is asked to do to its documents, in the one vocabulary that every adapter runs.

A list of operations happens in order and as a whole: the first that is refused undoes all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.core.decisions import Conflict, Deposed
from orchestrator.errors import TooLarge

MAX_OPERATIONS = 500
MAX_BYTES = 512 * 1024
"""Half of what makes ZooKeeper drop the connection, with everybody's calls on it."""

HEADER_BYTES = 64
"""What ZooKeeper adds to path and body of one operation, rounded up."""

ANY = -1
"""Instead of a version: whatever it is."""


@dataclass(frozen=True, slots=True)
class Check:
    """Refuse unless the document is there at this version."""

    path: str
    version: int


@dataclass(frozen=True, slots=True)
class Create:
    """Write a new document at version 0; refuse when there is one."""

    path: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Set:
    """Replace the body of a document at this version; its version grows by one."""

    path: str
    body: bytes
    version: int


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove the document at this version."""

    path: str
    version: int


Operation = Check | Create | Set | Delete


def size_of(operations: Sequence[Operation]) -> int:
    """The bytes that the operations take on the wire, or a little less than counted here."""
    total = 0
    for operation in operations:
        total += HEADER_BYTES + len(operation.path.encode())
        if isinstance(operation, (Create, Set)):
            total += len(operation.body)
    return total


def require_fit(operations: Sequence[Operation]) -> None:
    """Raise TooLarge when the operations are more than one transaction may hold."""
    if len(operations) > MAX_OPERATIONS:
        raise TooLarge(f"the transaction has {len(operations)} operations, at most {MAX_OPERATIONS} are sent")
    size = size_of(operations)
    if size > MAX_BYTES:
        raise TooLarge(f"the transaction has {size} bytes, at most {MAX_BYTES} are sent")


def refusal(operation: Operation, found: int | None, leader: str) -> Conflict | Deposed:
    """What it means that a store refused an operation.

    ``found``: the version of the document that is there, None when there is none or it is not known.
    ``leader``: the path of the leader document, whose check says that the office is another's.
    """
    there = "no document" if found is None else f"version {found}"
    if operation.path == leader:
        return Deposed(detail=f"{operation.path} is not as this holder wrote it last: found {there}")
    wanted = "no document" if isinstance(operation, Create) else f"version {operation.version}"
    return Conflict(detail=f"{operation.path}: wanted {wanted}, found {there}")
