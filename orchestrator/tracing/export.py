"""Sends spans to a collector (OTLP over HTTP), from a thread of its own; needs the extra ``tracing``."""

from __future__ import annotations

from collections.abc import Callable

from opentelemetry import trace

from orchestrator.errors import ConfigError


def exporter(endpoint: str, version: str) -> tuple[trace.TracerProvider, Callable[[], None]]:
    """A provider whose spans go to ``endpoint`` (such as http://127.0.0.1:4318/v1/traces), and its end.

    A collector that is away costs spans and a line of the log, nothing else. Raises ConfigError where the
    SDK is not installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise ConfigError(
            "tracing.endpoint is given, which needs the extra 'tracing': pip install 'shardwright[tracing]'"
        ) from error
    resource = Resource.create({"service.name": "shardwright", "service.version": version})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint, timeout=5)))
    return provider, provider.shutdown
