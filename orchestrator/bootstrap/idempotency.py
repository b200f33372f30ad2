"""Where the keys of requests are kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from orchestrator.settings import Settings
from orchestrator.store.idempotency import SqlIdempotency


@asynccontextmanager
async def idempotency(settings: Settings) -> AsyncIterator[SqlIdempotency]:
    """Beside the audit trail, so that all replicas know them. Raises Permanent and ConfigError."""
    keys = SqlIdempotency(settings.audit_url)
    try:
        yield keys
    finally:
        await keys.close()
