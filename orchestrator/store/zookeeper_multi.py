"""Operations as one transaction of ZooKeeper, and its answer in our terms."""

from __future__ import annotations

from collections.abc import Awaitable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from kazoo.exceptions import NoNodeError, NotEmptyError
from kazoo.protocol.serialization import CheckVersion, SetData
from kazoo.protocol.serialization import Create as CreateNode

from orchestrator.core.decisions import Conflict, Deposed
from orchestrator.errors import Permanent, Unavailable
from orchestrator.store.operations import Check, Create, Delete, Operation, Set, refusal, require_fit
from orchestrator.store.zookeeper_client import Client
from orchestrator.store.zookeeper_errors import TELLING, explained, refused_at
from orchestrator.store.zookeeper_link import Link


@dataclass(frozen=True, slots=True)
class Refused:
    """``operation`` is the first that did not fit what is there; nothing was done."""

    operation: Operation
    error: Exception


async def commit_checked(link: Link, operations: Sequence[Operation]) -> Refused | None:
    """Do all operations or none. Raises TooLarge, Unavailable, NoReplyError, Permanent."""
    return await sent_checked(link, operations)


def sent_checked(link: Link, operations: Sequence[Operation]) -> Coroutine[Any, Any, Refused | None]:
    """Send the operations now; what is returned waits for the answer, as ``commit_checked`` does.

    Raises TooLarge, Unavailable.
    """
    require_fit(operations)
    answer = link.sent(operations[-1].path, lambda client: _send(client, operations), proves=True)
    return _checked(operations, answer)


async def _checked(operations: Sequence[Operation], answer: Awaitable[Any]) -> Refused | None:
    refused = refused_at(await answer)
    if refused is None:
        return None
    index, error = refused
    operation = operations[index]
    if not isinstance(error, TELLING):
        raise explained(error, operation.path) from error
    return Refused(operation, error)


async def answer_to(link: Link, refused: Refused, leader: str) -> Conflict | Deposed:
    """What the caller of a commit is told, with the version that is there now where it can be read.

    Raises Permanent for a node with others below it: to look again does not help.
    """
    if isinstance(refused.error, NotEmptyError):
        raise Permanent(f"{refused.operation.path}: there is something below it that is not ours; remove it")
    found: int | None = None
    if not isinstance(refused.error, NoNodeError):
        found = await version_of(link, refused.operation.path)
    return refusal(refused.operation, found, leader)


async def version_of(link: Link, path: str) -> int | None:
    """None when there is no node, or it cannot be read."""
    try:
        stat = await link.call(path, lambda client: client.exists_async(path))
    except (Unavailable, Permanent):
        return None
    return None if stat is None else int(stat.version)


def _send(client: Client, operations: Sequence[Operation]) -> Any:
    # What kazoo's own methods add is a root that we have not and a look at each path.
    request = client.transaction()
    for operation in operations:
        match operation:
            case Check(path, version):
                request.operations.append(CheckVersion(path, version))
            case Create(path, body):
                request.operations.append(CreateNode(path, body, client.default_acl, 0))
            case Set(path, body, version):
                request.operations.append(SetData(path, body, version))
            case Delete(path, version):
                request.delete(path, version)
    return request.commit_async()
