"""A series of transactions in the making: each of bounded size, cut between any two changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

from orchestrator.core.decisions import Decision, Plan, Reason, ShardChange, Transaction
from orchestrator.core.documents import OPERATION_SIZE, Cost, chunk_size, finish, head_size, shard_with
from orchestrator.core.model import Chunk, Shard
from orchestrator.core.overlay import Overlay
from orchestrator.core.papers import Paper, PaperChange, require_paper
from orchestrator.core.policy import KindPolicy, Limits
from orchestrator.core.view import View

SHOWN_IDS = 128

ChunkKey = tuple[int, int]
"""A shard and a chunk of it."""


class Series(Overlay):
    """Collects changes of one kind. ``name``: gives the id of each transaction, in order."""

    def __init__(self, view: View, policy: KindPolicy, name: Callable[[], str], limits: Limits) -> None:
        super().__init__(view, policy)
        self._limits = limits
        self._name = name
        self._op = ""
        self._transactions: list[Transaction] = []
        self._open()

    def afresh(self) -> Self:
        """Another on the same view, without the changes, to try something; it is not to be committed."""
        return type(self)(self._view, self.policy, lambda: "trial", self._limits)

    def _open(self) -> None:
        self._base_state = self.state
        self._base: dict[int, Shard | None] = {}
        self._base_papers: dict[str, Paper | None] = {}
        self._decisions: list[Decision] = []
        self._cost = Cost()

    def amend_state(self, **fields: Any) -> None:
        self.state = replace(self.state, **fields)

    def decide(self, decision: Decision) -> None:
        """Give the reason for what was changed last; a line of the journal."""
        self._decisions.append(decision)

    def note(self, verb: str, reason: Reason, ids: Sequence[str], **where: Any) -> None:
        new = Decision(verb=verb, reason=reason, count=len(ids), ids=tuple(ids[:SHOWN_IDS]), **where)
        last = self._decisions[-1] if self._decisions else None
        if last is not None and (last.verb, last.reason, last.shard, last.to) == (
            new.verb,
            new.reason,
            new.shard,
            new.to,
        ):
            shown = last.ids if len(last.ids) == SHOWN_IDS else (last.ids + new.ids)[:SHOWN_IDS]
            self._decisions[-1] = replace(last, count=last.count + new.count, ids=shown)
        else:
            self._decisions.append(new)

    def write_paper(self, name: str, body: bytes) -> None:
        """Write a paper of the kind. Raises ValueError for a name or a size that is not allowed."""
        require_paper(name, body, self.papers())
        self._make_room_for_paper(name, len(body))
        base = self._base_papers.setdefault(name, self.paper(name))
        self._papers[name] = Paper(name=name, body=body, version=0 if base is None else base.version + 1)

    def remove_paper(self, name: str) -> None:
        """Remove a paper; nothing happens where there is none."""
        if self.paper(name) is not None:
            self._make_room_for_paper(name, 0)
            self._base_papers.setdefault(name, self.paper(name))
            self._papers[name] = None

    def cut(self) -> None:
        """Close the transaction; what follows goes into the next one."""
        changes = tuple(
            ShardChange(before=before, after=finish(before, self._shards[number], self._transaction_name()))
            for number, before in sorted(self._base.items())
        )
        changed = [change for change in changes if change.before is not change.after]
        papers = self._paper_changes()
        if not changed and not papers and self.state == self._base_state:
            return
        for change in changed:
            self._shards[change.number] = change.after
        self.state = replace(
            self.state, commit=self._base_state.commit + 1, version=self._base_state.version + 1
        )
        self._transactions.append(
            Transaction(
                op=self._transaction_name(),
                before=self._base_state,
                after=self.state,
                changes=tuple(changed),
                papers=papers,
                decisions=tuple(self._decisions),
            )
        )
        self._op = ""
        self._open()

    def plan(self) -> Plan:
        self.cut()
        return Plan(transactions=tuple(self._transactions))

    def _transaction_name(self) -> str:
        if not self._op:
            self._op = self._name()
        return self._op

    def _paper_changes(self) -> tuple[PaperChange, ...]:
        changes = []
        for name, before in sorted(self._base_papers.items()):
            after = self._papers[name]
            same = before is not None and after is not None and before.body == after.body
            if same:
                self._papers[name] = before
            elif before is not None or after is not None:
                changes.append(PaperChange(before=before, after=after))
        return tuple(changes)

    def _make_room_for_paper(self, name: str, size: int) -> None:
        if self._cost.operations >= self._limits.operations or self._cost.size + size > self._limits.size:
            self.cut()
        if name not in self._base_papers:
            self._cost.operations += 1
        self._cost.size += size + OPERATION_SIZE

    def _touch(self, number: int, extra_operations: int = 0) -> None:
        if number not in self._base:
            self._base[number] = self.shard(number)
        self._cost.touch(number, extra_operations, head_size(self.shard(number)))

    def _make_room(self, sizes: Mapping[ChunkKey, int]) -> None:
        """Cut first when writing these chunks, at these sizes, would not fit into the transaction."""
        if not self._has_room(sizes):
            self.cut()

    def _has_room(self, sizes: Mapping[ChunkKey, int]) -> bool:
        """Whether the transaction in the making can write these chunks, too."""
        operations, size = self._cost.with_chunks(sizes)
        return operations <= self._limits.operations and size <= self._limits.size

    def _fits(self, sizes: Mapping[ChunkKey, int]) -> bool:
        """Whether any transaction can write these chunks together."""
        operations, size = Cost().with_chunks(sizes)
        return operations <= self._limits.operations and size <= self._limits.size

    def _make_room_for_shard(self, operations: int, head: int = 0) -> None:
        """``head``: what the shard's own document is going to take beyond the usual."""
        too_many = self._cost.operations + operations > self._limits.operations
        if too_many or self._cost.size + head > self._limits.size:
            self.cut()

    def _write(self, number: int, chunk_number: int, chunk: Chunk, size: int | None = None) -> None:
        self._touch(number)
        self._cost.write((number, chunk_number), chunk_size(chunk) if size is None else size)
        self._put(number, {chunk_number: chunk})

    def _put(self, number: int, written: Mapping[int, Chunk]) -> None:
        """Requires: those that are new follow the others, in their order."""
        shard = self.existing(number)
        chunks = list(shard.chunks)
        for chunk_number, chunk in written.items():
            chunks[chunk_number : chunk_number + 1] = [chunk]
        self._shards[number] = shard_with(shard, tuple(chunks))

    def _next_generation(self, number: int) -> int:
        base = self._base.get(number, self.shard(number))
        return 0 if base is None else base.generation + 1
