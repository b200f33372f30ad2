"""Documents of one layout as those of another, a step at a time. Pure.

The codec knows one form of each document, that of the newest layout. What an older layout holds is raised to
it as it is read, and lowered from it as it is written, so nothing else knows of layouts. From the second
layout on each document names its own (``layout``), so what is half converted reads as ever.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from orchestrator.errors import Permanent
from orchestrator.ports import Span
from orchestrator.store.document import Document, encode
from orchestrator.store.operations import MAX_BYTES, MAX_OPERATIONS, Check, Create, Operation, Set, size_of

Members = dict[str, Any]

FIRST = 1
MEMBER = "layout"
_QUOTED = b'"layout"'


class Place(StrEnum):
    """What a document is of. Papers name a layout of their own; the leader's is the same in every layout."""

    STATE = "state"
    REVISION = "revision"
    HEAD = "head"
    RELOAD = "reload"
    RESOURCES = "resources"
    """The number of chunks; under protocol seed the ids themselves."""
    CHUNK = "chunk"


Turn = Callable[[Place, Members], Members]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The way from the layout before ``to`` to it, and back: document by document, none more or less.

    ``down`` may leave members in states and heads which the layout below does not know: they are kept there.
    What workers of the seed read (``resources``, ``reload``) must stay as they know it.
    """

    to: int
    up: Turn
    down: Turn


@dataclass(frozen=True, slots=True)
class Migration:
    """The layouts that a program reads and writes. ``steps``: from each to the next, in order.

    ``oldest``: the one before the first step. Raises ValueError for steps that do not follow each other.
    """

    steps: tuple[Step, ...] = ()
    oldest: int = FIRST

    def __post_init__(self) -> None:
        for number, step in enumerate(self.steps, self.oldest + 1):
            if step.to != number:
                raise ValueError(f"a step leads to layout {step.to} where {number} must follow")

    @property
    def newest(self) -> int:
        return self.oldest + len(self.steps)

    @property
    def span(self) -> Span:
        return Span(oldest=self.oldest, newest=self.newest)

    def raised(self, path: str, root: str, document: Document) -> Document:
        """The document as the codec knows it. Raises Permanent for a layout that this program cannot read."""
        if _QUOTED not in document.body and self.newest == FIRST:
            return document
        place = place_of(path, root)
        if place is None:
            return document
        members = _members(document.body)
        if members is None:
            # Whoever decodes it says what is wrong with it.
            return document
        layout = self._layout(path, members)
        if layout == self.newest:
            return document
        for step in self.steps[layout - self.oldest :]:
            members = step.up(place, members)
        return document._replace(body=encode(members))

    def all_raised(self, documents: Mapping[str, Document], root: str) -> dict[str, Document]:
        return {path: self.raised(path, root, document) for path, document in documents.items()}

    def lowered(self, operations: Sequence[Operation], root: str, layout: int) -> tuple[Operation, ...]:
        """The operations with their documents in this layout, which must be within the span."""
        if layout == self.newest == FIRST:
            return tuple(operations)
        return tuple(self._lowered(operation, root, layout) for operation in operations)

    def outdated(self, documents: Mapping[str, Document], root: str, layout: int) -> Iterator[Set]:
        """The writes that bring those documents of a kind into this layout that are not in it.

        None for a kind without a state, which a stranger has left there. Raises Permanent for a document
        that is none, or whose layout cannot be read.
        """
        if not any(place_of(path, root) is Place.STATE for path in documents):
            return
        for path, document in documents.items():
            if place_of(path, root) is None:
                continue
            members = _members(document.body)
            if members is None:
                raise Permanent(f"{path}: the document is not a JSON object")
            if self._layout(path, members) != layout:
                newest = self.raised(path, root, document)
                write = self._lowered(Set(path, newest.body, document.version), root, layout)
                assert isinstance(write, Set)
                yield write

    def _lowered(self, operation: Operation, root: str, layout: int) -> Operation:
        if not isinstance(operation, (Create, Set)) or (place := place_of(operation.path, root)) is None:
            return operation
        members = json.loads(operation.body)
        members.pop(MEMBER, None)
        for step in reversed(self.steps[layout - self.oldest :]):
            members = step.down(place, members)
        if layout > FIRST:
            members[MEMBER] = layout
        return replace(operation, body=encode(members))

    def _layout(self, path: str, members: Members) -> int:
        """Of a document; takes the member away."""
        layout = members.pop(MEMBER, FIRST)
        if type(layout) is not int or layout < FIRST:
            raise Permanent(f"{path}: {MEMBER!r} must be an integer of {FIRST} or more, found {layout!r}")
        if not self.oldest <= layout <= self.newest:
            which = "a newer" if layout > self.newest else "an older"
            raise Permanent(
                f"{path} has layout {layout}, this program reads and writes {self.span}: run {which} version"
            )
        return layout


MIGRATION = Migration()
"""Of this version. The first layout has no step to it."""


def place_of(path: str, root: str) -> Place | None:
    """What the document at this path is of; None for one that belongs to no layout."""
    match path.removeprefix(root + "/").split("/"):
        case ["_kinds", _]:
            return Place.STATE
        case ["_revisions", _, _]:
            return Place.REVISION
        case [kind, *below] if not kind.startswith("_"):
            match below:
                case [_]:
                    return Place.HEAD
                case [_, "_reload"]:
                    return Place.RELOAD
                case [_, "resources"]:
                    return Place.RESOURCES
                case [_, "resources", _]:
                    return Place.CHUNK
    return None


def in_batches(writes: Iterator[Set], leader: Check) -> Iterator[tuple[Operation, ...]]:
    """The writes as transactions that a store takes, each under the check of the office."""
    batch: list[Operation] = [leader]
    size = size_of(batch)
    for write in writes:
        more = size_of([write])
        if len(batch) > 1 and (len(batch) == MAX_OPERATIONS or size + more > MAX_BYTES):
            yield tuple(batch)
            batch, size = [leader], size_of([leader])
        batch.append(write)
        size += more
    if len(batch) > 1:
        yield tuple(batch)


def _members(body: bytes) -> Members | None:
    """None for what is no JSON object."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
