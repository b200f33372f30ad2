"""The office of the leader in ZooKeeper: who is first in the queue may write the leader document.

Both the own place in the queue and the version of the document are checked by the write itself, so
that of two who think they are first only one can have written.
"""

from __future__ import annotations

import math
import secrets
from dataclasses import replace
from typing import NamedTuple

from kazoo.exceptions import NoNodeError

from orchestrator.core.decisions import Deposed
from orchestrator.errors import Unavailable
from orchestrator.ports import Candidate, Held, Office, Span, StoreLayout
from orchestrator.store.layout import Layout
from orchestrator.store.layout_document import decode_layout, unfit
from orchestrator.store.leadership import Leader, Nonces, decode_leader, fencing, taking, vacating, was_taken
from orchestrator.store.operations import Check, Delete, Operation
from orchestrator.store.zookeeper_candidacy import Candidacy
from orchestrator.store.zookeeper_link import Link
from orchestrator.store.zookeeper_multi import commit_checked
from orchestrator.store.zookeeper_nodes import Nodes

LEASE = 2 / 3
"""Of the session timeout; the rest is for clocks and for servers that pass signs of life on late."""

FENCE_TRIES = 4


class Taken(NamedTuple):
    office: Office
    node: str
    """The own place in the queue, without which the office is another's."""


class ZookeeperOffice:
    def __init__(self, link: Link, nodes: Nodes, layout: Layout, span: Span) -> None:
        self._span = span
        token = secrets.token_hex(8)
        self._link = link
        self._nodes = nodes
        self._layout = layout
        self._nonces = Nonces(token)
        self._taken: Taken | None = None
        self._doubtful: Taken | None = None
        self.candidacy = Candidacy(link, layout.election, token)

    async def campaign(self, holder: str, url: str) -> Office | Held:
        if fault := unfit(await self.layout(), self._span):
            await self.candidacy.leave()
            return await self._unfit(fault)
        taken = await self._campaign(holder, url)
        if isinstance(taken, Held):
            return taken
        # Once more: who was in office before may have begun a conversion since.
        layout = await self.layout()
        if fault := unfit(layout, self._span):
            await self.resign(taken)
            return await self._unfit(fault)
        return replace(taken, layout=layout.written)

    async def layout(self) -> StoreLayout:
        path = self._layout.layout
        return decode_layout(path, await self._nodes.get(path))

    async def _unfit(self, fault: str) -> Held:
        found = await self.leader()
        return replace(found.held if found is not None else Held(holder="", url="", epoch=0), unfit=fault)

    async def _campaign(self, holder: str, url: str) -> Office | Held:
        await self._nodes.ensure(self._layout.election)
        try:
            first = await self.candidacy.enter(Candidate(holder=holder, url=url, span=self._span))
        except NoNodeError as exc:
            self._nodes.forget()
            raise Unavailable(f"{self._layout.election} has gone meanwhile") from exc
        found = await self.leader()
        if not first:
            return found.held if found is not None else Held(holder="", url="", epoch=0)
        node = self.candidacy.path
        if node is None:
            raise Unavailable("the candidacy ended while it was made")
        doubtful = self._doubtful
        if doubtful is not None and was_taken(doubtful.office, doubtful.node, found, node):
            # It was taken, only the reply was lost.
            self._doubtful, self._taken = None, doubtful
            return doubtful.office
        operation, office = taking(self._layout.leader, found, holder, url, self._nonces.next())
        self._doubtful = Taken(office, node)
        refused = await commit_checked(self._link, [Check(node, 0), operation])
        self._doubtful = None
        if refused is not None:
            raise Unavailable(f"{refused.operation.path} changed while the office was taken")
        self._taken = Taken(office, node)
        return office

    async def resign(self, office: Office) -> None:
        operations: list[Operation] = [vacating(self._layout.leader, office, self._nonces.next())]
        node = self.candidacy.path
        if node is not None:
            operations.append(Delete(node, 0))
        await commit_checked(self._link, operations)
        # Where it was refused the office is another's already, but we may stand in the queue.
        await self.candidacy.leave()

    async def leader(self) -> Leader | None:
        path = self._layout.leader
        return decode_leader(path, await self._nodes.get(path))

    async def fence(self, office: Office) -> Office | Deposed:
        path = self._layout.leader
        for _ in range(FENCE_TRIES):
            node = self._node_of(office)
            if node is None:
                return Deposed(detail="the candidacy under which the office was taken has ended")
            answer = fencing(path, await self.leader(), office, self._nonces.owns, self._nonces.next())
            if isinstance(answer, (Office, Deposed)):
                return answer
            operation, renewed = answer
            refused = await commit_checked(self._link, [Check(node, 0), operation])
            if refused is None:
                return renewed
            if refused.operation.path == node:
                self.candidacy.forget(node)
        raise Unavailable(f"{path} changed each time while the office was renewed")

    def valid_until(self, office: Office) -> float:
        session = self.candidacy.session
        if session is None or self._node_of(office) is None:
            return -math.inf
        return self._link.proved_at(session) + session.timeout_s * LEASE

    def _node_of(self, office: Office) -> str | None:
        """The own place in the queue under which the office was taken; behind others it means nothing."""
        taken = self._taken
        if taken is None or taken.office.epoch != office.epoch or taken.node != self.candidacy.path:
            return None
        return taken.node
