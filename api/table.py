"""The table of all routes: what the server registers and what the OpenAPI document describes."""

from __future__ import annotations

from api import (
    audit,
    coverage,
    drill,
    events,
    health,
    instances,
    kinds,
    listing,
    logs,
    metrics,
    notifications,
    orchestrations,
    pausing,
    place,
    placement,
    plan_moves,
    plans,
    quarantine,
    recording,
    removals,
    resource,
    session,
    shard,
    sizing,
    stream,
    system,
    tokens,
    users,
    worker,
)
from api.route import Route
from api.stream import Streams


def all_routes(streams: Streams) -> tuple[Route, ...]:
    """Every route but the console's files and the document itself."""
    return (
        *orchestrations.routes(),
        *kinds.routes(),
        *listing.routes(),
        *shard.routes(),
        *sizing.routes(),
        *resource.routes(),
        *coverage.routes(),
        *plans.routes(),
        *plan_moves.routes(),
        *pausing.routes(),
        *removals.routes(),
        *place.routes(),
        *placement.routes(),
        *quarantine.routes(),
        *recording.routes(),
        *drill.routes(),
        *instances.routes(),
        *logs.routes(),
        *events.routes(),
        *audit.routes(),
        *notifications.routes(),
        *stream.routes(streams),
        *system.routes(streams),
        *worker.routes(),
        *session.routes(),
        *users.routes(),
        *tokens.routes(),
        *health.routes(),
        *metrics.routes(),
    )
