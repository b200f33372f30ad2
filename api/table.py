"""The table of all routes: what the server registers and what the OpenAPI document describes."""

from __future__ import annotations

from api import (
    coverage,
    drill,
    events,
    health,
    instances,
    kinds,
    metrics,
    notifications,
    orchestrations,
    pausing,
    place,
    placement,
    plans,
    quarantine,
    recording,
    removals,
    resource,
    sizing,
    stream,
    worker,
)
from api.route import Route
from api.stream import Streams


def all_routes(streams: Streams) -> tuple[Route, ...]:
    """Every route but the console's files and the document itself."""
    return (
        *orchestrations.routes(),
        *kinds.routes(),
        *sizing.routes(),
        *resource.routes(),
        *coverage.routes(),
        *plans.routes(),
        *pausing.routes(),
        *removals.routes(),
        *place.routes(),
        *placement.routes(),
        *quarantine.routes(),
        *recording.routes(),
        *drill.routes(),
        *instances.routes(),
        *events.routes(),
        *notifications.routes(),
        *stream.routes(streams),
        *worker.routes(),
        *health.routes(),
        *metrics.routes(),
    )
