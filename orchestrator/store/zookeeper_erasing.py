"""A kind taken from ZooKeeper, with all that anybody left below it."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.errors import Unavailable
from orchestrator.ports import Office
from orchestrator.store.erasing import Erasing
from orchestrator.store.layout import Layout
from orchestrator.store.migration import Migration
from orchestrator.store.operations import Operation
from orchestrator.store.zookeeper_link import Link
from orchestrator.store.zookeeper_multi import commit_checked
from orchestrator.store.zookeeper_nodes import Nodes
from orchestrator.store.zookeeper_scratch import below


async def disown(
    link: Link, nodes: Nodes, layout: Layout, migration: Migration, kind: str, office: Office
) -> Erasing:
    """Raises Unavailable, Permanent."""
    await nodes.ensure(*layout.containers(kind))
    one = Erasing(layout, migration, kind, await nodes.get(layout.kind(kind)), office)
    await _commit(link, one.disowning())
    return one


async def erase(link: Link, nodes: Nodes, one: Erasing, *, state: bool) -> None:
    """What was disowned. The parents stay, which hold nothing themselves. Raises Unavailable, Permanent."""
    paths = [path for parent in one.parents for path in await below(nodes, parent)]
    for operations in one.removing(paths, state=state):
        await _commit(link, operations)


async def _commit(link: Link, operations: Sequence[Operation]) -> None:
    if refused := await commit_checked(link, operations):
        raise Unavailable(f"{refused.operation.path} changed meanwhile ({refused.error}); try again")
