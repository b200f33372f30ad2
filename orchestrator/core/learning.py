"""Taking over what a whole listing says of its ids, and forgetting what is known of ids that are gone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from orchestrator.core.model import ONE, Vector
from orchestrator.core.standing import Standing
from orchestrator.core.traits import Labels, Traits

STEP = 4_000
"""Ids handled between two pauses, so that nobody else waits long for the interpreter."""


def describe(
    view: Standing,
    ids: Sequence[str],
    weights: Mapping[str, Vector],
    labels: Mapping[str, Labels],
    changed: dict[str, Traits] | None = None,
) -> Iterator[None]:
    """Yields after each step. An id that ``weights`` and ``labels`` do not name weighs one and has none.

    ``changed``: gets what is new.
    """
    if not (weights or labels or view.weights or view.labels):
        return
    gone: set[str] = set()
    for step in _steps(list(view.weights), list(view.labels)):
        gone.update(i for i in step if i not in view.index)
        yield
    for start in range(0, len(ids), STEP):
        part = ids[start : start + STEP]
        for resource_id in part:
            weight, its = weights.get(resource_id, ONE), labels.get(resource_id, ())
            if view.weights.get(resource_id, ONE) != weight or view.labels.get(resource_id, ()) != its:
                view.tell(resource_id, weight, its)
                if changed is not None:
                    changed[resource_id] = Traits(weight, its)
        view.learn({})
        gone.difference_update(part)
        yield
    for step in _steps(gone):
        for resource_id in step:
            if resource_id not in view.index:
                view.tell(resource_id, ONE, ())
        yield


def _steps(*known: Iterable[str]) -> Iterator[list[str]]:
    """All of them, so many at a time."""
    for ids in known:
        rest = iter(ids)
        while step := list(islice(rest, STEP)):
            yield step
