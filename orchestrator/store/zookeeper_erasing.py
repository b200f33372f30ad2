"""A kind taken from ZooKeeper, with all that anybody left below it."""

from __future__ import annotations

from orchestrator.errors import Unavailable
from orchestrator.ports import Office
from orchestrator.store.erasing import erasing
from orchestrator.store.layout import Layout
from orchestrator.store.zookeeper_link import Link
from orchestrator.store.zookeeper_multi import commit_checked
from orchestrator.store.zookeeper_nodes import Nodes
from orchestrator.store.zookeeper_scratch import below


async def erase(link: Link, nodes: Nodes, layout: Layout, kind: str, office: Office) -> None:
    """The parents stay, which hold nothing themselves. Raises Unavailable, Permanent."""
    await nodes.ensure(*layout.containers(kind))
    parents = (layout.shards(kind), layout.papers(kind), layout.revisions(kind))
    is_known = await nodes.get(layout.kind(kind)) is not None
    paths = [path for parent in parents for path in await below(nodes, parent)]
    for operations in erasing(layout, kind, is_known, paths, office):
        if refused := await commit_checked(link, operations):
            raise Unavailable(f"{refused.operation.path} changed meanwhile ({refused.error}); try again")
