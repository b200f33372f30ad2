"""Where traces go: to the collector that is configured, or to the SDK that this process was started with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from opentelemetry import trace

from orchestrator.ports import Clock, Traces
from orchestrator.settings import Settings
from orchestrator.tracing.spans import Spans


@asynccontextmanager
async def traces(settings: Settings, clock: Clock, version: str) -> AsyncIterator[Traces | None]:
    """None where nobody would take them. Raises ConfigError where the SDK is wanted and not installed."""
    most = settings.tracing.most_per_second
    if settings.tracing.endpoint is None:
        provider = trace.get_tracer_provider()
        nobody = isinstance(provider, trace.ProxyTracerProvider | trace.NoOpTracerProvider)
        yield None if nobody else Spans(provider, clock, most_per_second=most)
        return
    from orchestrator.tracing.export import exporter

    sending, end = exporter(settings.tracing.endpoint, version)
    try:
        yield Spans(sending, clock, most_per_second=most)
    finally:
        await asyncio.to_thread(end)
