"""New resources as traces, received by a collector that speaks OTLP over HTTP on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry.trace import NoOpTracerProvider

from orchestrator.core.coverage.journey import Journey
from orchestrator.tracing.export import exporter
from orchestrator.tracing.spans import Spans
from tests.tracing.collector import Collector

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Clock:
    """Stands still: the monotonic clock is 1,000 s behind the wall."""

    now = 50.0

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return self.now + 1_000.0

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nobody sleeps here")


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.close()


def journey(**more: object) -> Journey:
    given = {"resource_id": "t1", "shard": 3, "generation": 7, "lag": 0.5}
    moments = {"received": 49.0, "committed": 49.1, "owned": 49.4}
    return Journey(**{**given, **moments, **more})  # type: ignore[arg-type]


def test_a_resource_that_came_to_its_owner_is_one_trace_with_its_stages(collector: Collector) -> None:
    provider, end = exporter(collector.url, "1.0")
    Spans(provider, Clock()).journey("Thing", journey(context=PARENT))
    end()
    spans = {span.name: span for span in collector.spans}
    assert set(spans) == {"resource owned", "received", "committed", "acknowledged"}
    whole = spans["resource owned"]
    assert (whole.start_time_unix_nano, whole.end_time_unix_nano) == (1_048_500_000_000, 1_049_400_000_000)
    assert whole.trace_id.hex() == PARENT.split("-")[1], "it goes on the trace of the publisher"
    assert whole.parent_span_id.hex() == PARENT.split("-")[2]
    assert {each.key for each in whole.attributes} == {
        "shardwright.kind",
        "shardwright.resource",
        "shardwright.shard",
        "shardwright.generation",
    }
    for name, seconds in (("received", 0.5), ("committed", 0.1), ("acknowledged", 0.3)):
        span = spans[name]
        assert span.parent_span_id == whole.span_id
        assert (span.end_time_unix_nano - span.start_time_unix_nano) / 1e9 == pytest.approx(seconds, abs=1e-6)


def test_a_message_without_a_stamp_or_a_context_begins_a_trace_at_its_receipt(collector: Collector) -> None:
    provider, end = exporter(collector.url, "1.0")
    Spans(provider, Clock()).journey("Thing", journey(lag=None))
    end()
    spans = {span.name: span for span in collector.spans}
    assert set(spans) == {"resource owned", "committed", "acknowledged"}
    assert spans["resource owned"].start_time_unix_nano == 1_049_000_000_000
    assert not spans["resource owned"].parent_span_id


def test_no_more_than_so_many_a_second_are_told() -> None:
    clock = Clock()
    spans = Spans(NoOpTracerProvider(), clock, most_per_second=2)
    for _ in range(5):
        spans.journey("Thing", journey())
    assert spans.left_out == 3
    clock.now += 1.0
    spans.journey("Thing", journey())
    assert spans.left_out == 3


def test_a_collector_that_is_away_holds_nobody_up() -> None:
    provider, end = exporter("http://127.0.0.1:9/v1/traces", "1.0")
    Spans(provider, Clock()).journey("Thing", journey())
    end()
