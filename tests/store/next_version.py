"""A version after this one, whose store has another layout: what the tests of upgrades upgrade to.

Its codec is played by ``NextVersion``: documents of layout 2 differ from those that this version's codec
knows, so this version, left without its check, would misread them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from orchestrator.store.document import Document, encode
from orchestrator.store.migration import FIRST, MEMBER, Members, Migration, Place, Step, place_of
from orchestrator.store.operations import Create, Operation, Set

LIMITS = ("resourcePerInstance", "maxInstances")
RUN = ("incarnation", "instance")


def up(place: Place, members: Members) -> Members:
    """States and heads group what belongs together, chunks call their ids otherwise. ``down`` undoes it."""
    found = dict(members)
    if place is Place.STATE:
        found["limits"] = {name: found.pop(name) for name in LIMITS}
    elif place is Place.HEAD:
        found["run"] = {name: found.pop(name) for name in RUN}
    elif place is Place.CHUNK:
        found["owned"] = found.pop("ids")
    elif place is Place.REVISION:
        found["text"] = found.pop("template")
    return found


def down(place: Place, members: Members) -> Members:
    found = dict(members)
    if place is Place.STATE:
        found |= found.pop("limits")
    elif place is Place.HEAD:
        found |= found.pop("run")
    elif place is Place.CHUNK:
        found["ids"] = found.pop("owned")
    elif place is Place.REVISION:
        found["template"] = found.pop("text")
    return found


class NextVersion(Migration):
    def raised(self, path: str, root: str, document: Document) -> Document:
        found = super().raised(path, root, document)
        return found._replace(body=_turned(found.body, path, root, down))

    def _lowered(self, operation: Operation, root: str, layout: int) -> Operation:
        if isinstance(operation, Create):
            operation = Create(operation.path, _turned(operation.body, operation.path, root, up))
        elif isinstance(operation, Set):
            body = _turned(operation.body, operation.path, root, up)
            operation = Set(operation.path, body, operation.version)
        return super()._lowered(operation, root, layout)


def _turned(body: bytes, path: str, root: str, turn: Callable[[Place, Members], Members]) -> bytes:
    place = place_of(path, root)
    if place is None:
        return body
    members: dict[str, Any] = json.loads(body)
    layout = members.pop(MEMBER, FIRST)
    return encode(turn(place, members) | ({MEMBER: layout} if layout > FIRST else {}))


NEXT = NextVersion((Step(to=2, up=up, down=down),))
LATER = Migration((Step(to=3, up=lambda place, members: members, down=lambda place, members: members),), 2)
"""The version after that one: it does not know the first layout any more."""
