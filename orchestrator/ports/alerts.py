"""Where alarms are told, and where it is kept what was told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from orchestrator.core.alerting.book import Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """``id``: the same when it is sent again, so that who gets it twice can tell. ``at``: epoch seconds.

    ``page``: where a person looks further. ``is_test``: nothing is wrong, somebody tries whether it arrives.
    """

    id: str
    at: float
    page: str
    notices: tuple[Notice, ...]
    is_test: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """``only_person``: it is told only of what needs a person."""

    name: str
    only_person: bool = False


class Messenger(Protocol):
    """Tells people by some way of theirs."""

    @property
    def targets(self) -> Sequence[Target]: ...

    async def send(self, target: str, message: Message) -> None:
        """Return when it was taken. Raises Unavailable, and Permanent where it never will be."""


class AlertBook(Protocol):
    """One text, which outlives the leader that wrote it. Both raise Unavailable and Permanent."""

    async def load(self) -> str:
        """The text as it was saved last; empty: never."""

    async def save(self, text: str) -> None: ...
