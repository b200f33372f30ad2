"""Words for how a resource is served, and for why it is not."""

from __future__ import annotations

from enum import StrEnum


class Cover(StrEnum):
    """What is known of an instance, or of an id: served by one, by nobody, by two, or not known."""

    COVERED = "covered"
    UNOWNED = "unowned"
    UNKNOWN = "unknown"
    DOUBLE = "double"


MISSING = "the catalog lists it and the store has it nowhere"
ARRIVING = "assigned, and its instance has not acknowledged it yet"
BETWEEN = "its old owner has let go, the new one does not have it yet"
WAITING = "assigned to a shard whose instance is away"
DOUBTED = "a message named it, and the catalog cannot be asked"
