"""A new resource is one trace, from the message on the broker to its owner's word."""

from __future__ import annotations

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from orchestrator import demo
from tests.product.conftest import NewProduct
from tests.product.processes import until
from tests.tracing.collector import Collector

pytestmark = pytest.mark.slow


def test_a_thing_that_is_created_is_traced_to_its_owner(new_product: NewProduct) -> None:
    collector = Collector()
    try:
        product = new_product(
            {
                "SHARDWRIGHT_TRACING__ENDPOINT": collector.url,
                "SHARDWRIGHT_TRACING__MOST_PER_SECOND": "10000",
                "OTEL_BSP_SCHEDULE_DELAY": "200",
            }
        )
        product.start()
        product.settle()
        (created,) = demo.add(product.demo_target(), "Thing", 1)
        whole = until(
            lambda: next((span for span in collector.spans if _resource(span) == created), None),
            within=30.0,
            what=f"a trace of {created}",
        )
        stages = [span for span in collector.spans if span.parent_span_id == whole.span_id]
        assert {span.name for span in stages} == {"received", "committed", "acknowledged"}
        assert all(span.trace_id == whole.trace_id for span in stages)
        assert 0 < whole.end_time_unix_nano - whole.start_time_unix_nano < 30e9
    finally:
        collector.close()


def _resource(span: Span) -> str:
    found = (one.value.string_value for one in span.attributes if one.key == "shardwright.resource")
    return next(found, "")
