"""The server as a whole, for whoever runs it."""

from __future__ import annotations

from aiohttp import web

from api.options import FACADE, OPTIONS
from api.query import read_query
from api.route import Route
from api.shapes.system import DependencyShape
from api.shapes.whole import NearLimitShape, ReplicaShape, SettingShape, SystemShape
from api.stream import Streams
from orchestrator.engine.answers import Standing


class System:
    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    async def __call__(self, request: web.Request) -> web.Response:
        read_query(request)
        options, found = request.app[OPTIONS], request.app[FACADE].system()
        limits = [*found.limits, self._streams.limit(options.stream_limit)]
        return SystemShape(
            version=found.version,
            leader=found.standing.leader,
            epoch=found.standing.epoch,
            since=found.standing.since,
            replicas=_replicas(found.standing),
            dependencies=tuple(DependencyShape.of(one) for one in found.dependencies),
            limits=tuple(NearLimitShape.of(one) for one in limits),
            settings=tuple(
                SettingShape(key=key, value=value, source=source) for key, value, source in options.settings
            ),
        ).reply()


def _replicas(standing: Standing) -> tuple[ReplicaShape, ...]:
    own = ReplicaShape(
        holder=standing.holder,
        role=standing.role,
        url=standing.url if standing.in_office else "",
        answered=True,
    )
    if standing.in_office or not standing.leader:
        return (own,)
    return ReplicaShape(holder=standing.leader, role="leader", url=standing.url, answered=False), own


def routes(streams: Streams) -> tuple[Route, ...]:
    return (
        Route(
            method="GET",
            path="/v1/api/system",
            handler=System(streams).__call__,
            summary="Who leads, what it leans on, how near its limits are, and the settings in force",
            answer=SystemShape,
            reads_kinds=False,
        ),
    )
