"""The audit trail: who changed what, and who was refused, appended to and never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from orchestrator.core.audit_trail import AuditLine, Head


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which lines to read; None means any. Newest first; oldest first where ``after`` is given."""

    actor: str | None = None
    kind: str | None = None
    outcome: str | None = None
    request_id: str | None = None
    target: str | None = None
    before: int | None = None
    after: int | None = None
    limit: int = 100


class AuditTrail(Protocol):
    """One chain, also where several servers append. All raise Unavailable and Permanent.

    What was begun and never finished becomes a line whose outcome is unknown.
    """

    async def begin(self, line: AuditLine) -> str:
        """Note, durably, that this is about to be done; the mark to finish it with."""

    async def finish(self, mark: str, line: AuditLine) -> AuditLine:
        """Append the line of what was begun; returns it as it stands in the chain."""

    async def append(self, lines: Sequence[AuditLine]) -> Sequence[AuditLine]:
        """Append in order, all or none; returns them as they stand in the chain."""

    async def abandoned(self, before: float) -> Sequence[AuditLine]:
        """Append what was begun before that time (wall-clock seconds) and not finished; returns the lines."""

    async def read(self, wanted: AuditFilter) -> Sequence[AuditLine]: ...
    async def head(self) -> Head: ...
    async def close(self) -> None: ...
