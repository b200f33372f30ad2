"""Adds and removes resources of the demo, as its application would."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from orchestrator.demo.database import DemoTarget, application
from orchestrator.demo.models import MODELS, Resource, resource_id
from orchestrator.errors import UnknownKind

Progress = Callable[[int, int], None]
"""Called with how many are done and how many there will be."""

_BATCH = 500


def add(target: DemoTarget, kind: str, n: int, *, progress: Progress | None = None) -> list[str]:
    """Create ``n`` new resources, in transactions of at most 500; returns their ids. Raises UnknownKind."""
    model = model_of(kind)
    with application(target) as running:
        with running.sessions() as session:
            first = next_number(session, model)
        ids = [resource_id(kind, number) for number in range(first, first + n)]
        for done, batch in _batches(ids):
            with running.sessions.begin() as session:
                session.add_all([model(id=value, name=f"{kind} {value}") for value in batch])
            if progress:
                progress(done, n)
    return ids


def remove(target: DemoTarget, kind: str, n: int, *, progress: Progress | None = None) -> list[str]:
    """Delete the newest ``n`` resources, or all there are; returns their ids. Raises UnknownKind."""
    model = model_of(kind)
    with application(target) as running:
        with running.sessions() as session:
            ids = list(session.scalars(select(model.id).order_by(model.id.desc()).limit(n)))
        for done, batch in _batches(ids):
            with running.sessions.begin() as session:
                session.execute(delete(model).where(model.id.in_(batch)))
            if progress:
                progress(done, len(ids))
    return ids


def model_of(kind: str) -> type[Resource]:
    """The table of a kind. Raises UnknownKind."""
    if kind not in MODELS:
        raise UnknownKind(f"the demo has no kind {kind!r}, it has {', '.join(MODELS)}")
    return MODELS[kind]


def next_number(session: Session, model: type[Resource]) -> int:
    """One more than the highest number in use: the ids of removed ones below it are not used again."""
    prefix = f"{model.__tablename__.lower()}-"
    tails = (value.removeprefix(prefix) for value in session.scalars(select(model.id)))
    # Somebody may have added resources by hand, under any id.
    return max((int(tail) for tail in tails if tail.isascii() and tail.isdecimal()), default=0) + 1


def _batches(ids: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        yield start + len(batch), batch
