"""What a person did beside the servers, in their audit trail."""

from __future__ import annotations

import structlog

from orchestrator.core.audit_trail import AuditLine
from orchestrator.errors import ShardwrightError
from orchestrator.settings import Settings
from orchestrator.store.audit import SqlAuditTrail

log = structlog.get_logger()


async def note(settings: Settings, line: AuditLine, otherwise: str) -> None:
    """A trail that is away undoes nothing: then the log has it alone, in the words of ``otherwise``."""
    try:
        trail = await SqlAuditTrail.open(settings.audit_url)
        try:
            await trail.append([line])
        finally:
            await trail.close()
    except ShardwrightError as error:
        log.warning(otherwise, why=str(error))
