"""Hints from the catalog's publisher."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Witness(StrEnum):
    """What a notification claims of an id."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A message of ``cm/notify``, decoded: ids of a table and the claim made of them.

    ``ids`` empty: the message names none and asks for a resync of the table's kind.
    ``stamp``: wall-clock seconds at which the publisher says it happened, None when it does not say.
    ``source`` and ``number``: of a publisher that numbers its messages, one after the other.
    ``trace``: the publisher's trace context (W3C ``traceparent``), empty where it gives none.
    """

    table: str
    witness: Witness
    ids: tuple[str, ...] = ()
    stamp: float | None = None
    source: str = ""
    number: int | None = None
    trace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """The subscription stands (again): anything may have been missed before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnected:
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """A message that is none: counted, and its beginning kept for inspection."""

    detail: str
    head: bytes


NotificationEvent = Notification | Connected | Disconnected | Malformed


class Notifications(Protocol):
    """Hints from the catalog's publisher."""

    def batches(self) -> AsyncIterator[Sequence[NotificationEvent]]:
        """Subscribe, and yield what arrived since the last batch, in order; ends when closed.

        The end of the iteration ends the subscription; a later one subscribes again. One reader.
        """

    async def close(self) -> None: ...
