"""The table of all routes: what the server registers and what the OpenAPI document describes."""

from __future__ import annotations

from api import (
    events,
    health,
    instances,
    kinds,
    metrics,
    notifications,
    orchestrations,
    place,
    removals,
    resource,
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
        *resource.routes(),
        *removals.routes(),
        *place.routes(),
        *instances.routes(),
        *events.routes(),
        *notifications.routes(),
        *stream.routes(streams),
        *worker.routes(),
        *health.routes(),
        *metrics.routes(),
    )
