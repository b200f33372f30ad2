"""The states through which store, catalog and runtime of a world went, so that a read can answer late."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from orchestrator.catalog.memory import MemoryCatalog
from orchestrator.ports import InstanceSeen
from orchestrator.store.memory import MemoryDocuments, MemoryStore
from tests.simulation.world import World

State = TypeVar("State")


class History:
    """Every state since it was made; those of the runtime as it told them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._documents = [dict(world.documents.documents)]
        self._catalog = [self._rows()]
        self._instances: list[InstanceSeen] = []
        self._known = {(s.kind, s.shard): s for s in world.runtime._current()}
        documents, catalog = world.documents, world.catalog
        documents.apply = self._after(documents.apply, self._note_documents)  # type: ignore[method-assign]
        catalog.put = self._after(catalog.put, self._note_rows)  # type: ignore[method-assign]
        catalog.drop = self._after(catalog.drop, self._note_rows)  # type: ignore[method-assign]
        put = world.runtime._put

        def noted(seen: InstanceSeen) -> None:
            self._instances.append(seen)
            put(seen)

        world.runtime._put = noted  # type: ignore[method-assign]

    def store(self, events: int) -> MemoryStore:
        """The store as it was so many transactions ago."""
        documents = MemoryDocuments(self._world.documents.layout.root)
        documents.documents = dict(_ago(self._documents, events))
        protocol = self._world.settings.policy.protocol
        return MemoryStore(documents, dict.fromkeys(self._world.kinds, protocol))

    def catalog(self, events: int) -> MemoryCatalog:
        """The catalog as it was so many changes ago."""
        return MemoryCatalog(_ago(self._catalog, events))

    def instances(self, kind: str, events: int) -> list[InstanceSeen]:
        """What the runtime would have shown so many changes ago."""
        seen = dict(self._known)
        for one in self._instances[: max(0, len(self._instances) - events)]:
            seen[one.kind, one.shard] = one
        return [seen[key] for key in sorted(seen) if key[0] == kind]

    def _note_documents(self, refused: object) -> None:
        if refused is None:
            self._documents.append(dict(self._world.documents.documents))

    def _note_rows(self, _: object) -> None:
        self._catalog.append(self._rows())

    def _rows(self) -> dict[str, set[str]]:
        return {kind: self._world.catalog.ids(kind) for kind in self._world.kinds}

    def _after(self, work: Callable[..., Any], note: Callable[[Any], None]) -> Callable[..., Any]:
        def noted(*given: Any, **more: Any) -> Any:
            result = work(*given, **more)
            note(result)
            return result

        return noted


def _ago(states: list[State], events: int) -> State:
    return states[max(0, len(states) - 1 - events)]
