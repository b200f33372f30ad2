"""The audit trails that every contract of theirs runs on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from orchestrator.core.audit_trail import AuditLine, Outcome
from orchestrator.store.audit import SqlAuditTrail
from tests.services import postgres

Open = Callable[[], Awaitable[SqlAuditTrail]]


@pytest.fixture(params=["sqlite", "postgresql"])
def audit_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return postgres.shared() if request.param == "postgresql" else f"sqlite:///{tmp_path / 'audit.db'}"


@pytest.fixture
async def open_trail(audit_url: str) -> AsyncIterator[Open]:
    opened: list[SqlAuditTrail] = []

    async def open_one() -> SqlAuditTrail:
        opened.append(await SqlAuditTrail.open(audit_url))
        return opened[-1]

    yield open_one
    for trail in opened:
        await trail.close()


def line(number: int = 0, **changed: object) -> AuditLine:
    given: dict[str, object] = {
        "at": 1_700_000_000.25 + number,
        "actor": "alice",
        "source": "token",
        "remote": "10.0.0.7",
        "request_id": f"r-{number}",
        "method": "POST",
        "route": "/v1/api/kinds/{kind}/plans/{plan}/apply",
        "kind": "Thing",
        "target": "plan 7",
        "plan": 7,
        "status": 200,
        "outcome": Outcome.DONE,
    }
    return AuditLine(**given | changed)  # type: ignore[arg-type]
