"""The ways of new resources as OpenTelemetry spans, from the message of their creation to their owner.

Only the API is needed: without an SDK in the process the spans go nowhere and cost next to nothing.
"""

from __future__ import annotations

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from orchestrator.core.coverage.journey import Journey
from orchestrator.ports import Clock

NAME = "shardwright"
_PROPAGATOR = TraceContextTextMapPropagator()


class Spans:
    """One trace a resource: the whole way, with its stages below it.

    ``most_per_second``: further journeys of the same second are left out and counted in ``left_out``,
    so that a bulk of messages does not cost the event loop more than what it is about.
    """

    def __init__(self, provider: trace.TracerProvider, clock: Clock, *, most_per_second: int = 100) -> None:
        self._tracer = provider.get_tracer(NAME)
        self._clock = clock
        self._most = most_per_second
        self._second = 0
        self._told = 0
        self.left_out = 0

    def journey(self, kind: str, journey: Journey) -> None:
        """Tell of a resource that has come to its owner."""
        if not self._is_allowed():
            return
        behind = self._clock.wall() - self._clock.monotonic()
        began = journey.received - (journey.lag or 0.0)
        attributes: dict[str, str | int] = {
            "shardwright.kind": kind,
            "shardwright.resource": journey.resource_id,
            "shardwright.shard": journey.shard,
            "shardwright.generation": journey.generation,
        }
        whole = self._tracer.start_span(
            "resource owned",
            context=_context_of(journey.context),
            kind=trace.SpanKind.CONSUMER,
            attributes=attributes,
            start_time=_nanoseconds(began + behind),
        )
        below = trace.set_span_in_context(whole)
        stages = [
            ("committed", journey.received, journey.committed),
            ("acknowledged", journey.committed, journey.owned),
        ]
        if journey.lag is not None:
            stages.insert(0, ("received", began, journey.received))
        for name, start, end in stages:
            span = self._tracer.start_span(name, context=below, start_time=_nanoseconds(start + behind))
            span.end(end_time=_nanoseconds(end + behind))
        whole.end(end_time=_nanoseconds(journey.owned + behind))

    def _is_allowed(self) -> bool:
        second = int(self._clock.monotonic())
        if second != self._second:
            self._second, self._told = second, 0
        self._told += 1
        if self._told > self._most:
            self.left_out += 1
            return False
        return True


def _context_of(traceparent: str) -> Context:
    """The trace that the publisher began; a new one where it named none."""
    return _PROPAGATOR.extract({"traceparent": traceparent}) if traceparent else Context()


def _nanoseconds(seconds: float) -> int:
    return int(seconds * 1e9)
