"""The audit trail read from its database, where no server runs or none is to be believed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from orchestrator.cli.address import configured
from orchestrator.cli.failure import Exit, Failure
from orchestrator.core.audit_trail import document
from orchestrator.errors import Permanent, Unavailable
from orchestrator.ports.audit import AuditFilter, AuditTrail

PAGE = 1000


def local_lines(config: Path | None) -> Iterator[Mapping[str, Any]]:
    """As ``audit verify`` takes them. Raises Failure and ConfigError."""
    from orchestrator.store.audit import SqlAuditTrail

    settings = configured(config)
    file = settings.data_dir / "audit.db"
    if settings.audit_url == f"sqlite:///{file}" and not file.exists():
        raise Failure(Exit.FAILED, "there is no audit trail", f"{file} does not exist")
    with asyncio.Runner() as runner:
        try:
            trail = runner.run(SqlAuditTrail.open(settings.audit_url))
            try:
                yield from _read(runner, trail)
            finally:
                runner.run(trail.close())
        except Unavailable as error:
            raise Failure(Exit.UNAVAILABLE, "the audit trail cannot be read", str(error)) from error
        except Permanent as error:
            raise Failure(Exit.FAILED, "the audit trail does not fit", str(error)) from error


def _read(runner: asyncio.Runner, trail: AuditTrail) -> Iterator[Mapping[str, Any]]:
    after, empty = 0, 0
    while True:
        page = runner.run(trail.read(AuditFilter(after=after, limit=PAGE)))
        yield from map(document, page)
        after = page[-1].sequence if page else after
        empty = 0 if page else empty + 1
        head = runner.run(trail.head())
        # A server may append meanwhile: such a line is in the next page, or there is none.
        if head.sequence <= after or empty > 1:
            yield {"head": {"sequence": head.sequence, "hash": head.hash}}
            return
