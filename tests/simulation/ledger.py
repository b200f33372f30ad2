"""Who holds what: the one truth about ownership, kept by the workers' own acts."""

from __future__ import annotations

from collections import defaultdict

from tests.simulation.story import Story

Process = tuple[str, int, int, int]
"""Kind, shard, incarnation, and which process of that incarnation."""


class Ledger:
    """An id is held from the begin of its acquire until its release has returned or its process ended."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._holders: dict[tuple[str, str], Process] = {}
        self._held: dict[Process, set[str]] = defaultdict(set)
        self._tokens: dict[tuple[str, str], tuple[int, int]] = {}

    def serve(self, process: Process, resource_id: str) -> None:
        """Acquired by one who cannot acknowledge: the old owner may not have let go yet, for a while."""
        key = process[0], resource_id
        if self._holders.get(key) not in (None, process):
            self._story.meet("served twice for a while, by workers that cannot acknowledge")
        self._holders[key] = process
        self._held[process].add(resource_id)

    def acquire(self, process: Process, resource_id: str, token: tuple[int, int]) -> None:
        key = process[0], resource_id
        holder = self._holders.get(key)
        if holder not in (None, process):
            self._story.break_(f"S1: {resource_id} is held by {holder} and acquired by {process}")
        if token < self._tokens.get(key, token):
            self._story.break_(f"{resource_id}: the token {token} of {process} is not greater than before")
        self._tokens[key] = token
        self._holders[key] = process
        self._held[process].add(resource_id)

    def release(self, process: Process, resource_id: str) -> None:
        self._held[process].discard(resource_id)
        if self._holders.get((process[0], resource_id)) == process:
            del self._holders[process[0], resource_id]

    def end(self, process: Process) -> None:
        for resource_id in list(self._held.pop(process, ())):
            if self._holders.get((process[0], resource_id)) == process:
                del self._holders[process[0], resource_id]

    def holdings(self, kind: str) -> dict[Process, set[str]]:
        """What each process of the kind holds; those that hold nothing are left out."""
        return {process: set(ids) for process, ids in self._held.items() if process[0] == kind and ids}

    def held_by_shard(self, kind: str, shard: int) -> set[str]:
        found: set[str] = set()
        for process, ids in self._held.items():
            if process[:2] == (kind, shard):
                found |= ids
        return found
