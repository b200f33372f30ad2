"""What workers of the seed leave under ``tmp``: it goes with their shard."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.store.layout import is_scratch
from orchestrator.store.operations import ANY, Delete, Operation, require_fit
from orchestrator.store.zookeeper_nodes import Nodes


async def emptying_scratch(nodes: Nodes, operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """The operations with, before each removal of a ``tmp``, those of all that stands below it.

    ZooKeeper removes no node that has others below it, and a worker may leave any there, or remove
    ``tmp`` itself. What changes meanwhile is met as a conflict. Raises Unavailable, TooLarge.
    """
    found: list[Operation] = []
    for operation in operations:
        if isinstance(operation, Delete) and is_scratch(operation.path):
            if await nodes.get(operation.path) is None:
                continue
            found += [Delete(path, ANY) for path in await below(nodes, operation.path)]
        found.append(operation)
    require_fit(found)
    return tuple(found)


async def below(nodes: Nodes, path: str) -> list[str]:
    """The deepest first."""
    found: list[str] = []
    for name in await nodes.names(path):
        found += [*await below(nodes, f"{path}/{name}"), f"{path}/{name}"]
    return found
