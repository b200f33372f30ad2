"""Where else one may look: pages of other programs, as the configuration names them."""

from __future__ import annotations

from aiohttp import web

from api.options import OPTIONS
from api.query import read_query
from api.route import Route
from api.shapes.base import Shape, Text
from orchestrator.core.access import Role


class LinkShape(Shape):
    """``url``: with ``{kind}``, ``{shard}``, ``{instance}`` and ``{id}`` where these are to stand."""

    name: Text
    url: Text


class LinksShape(Shape):
    items: tuple[LinkShape, ...]
    next: None = None


async def links(request: web.Request) -> web.Response:
    read_query(request)
    items = tuple(LinkShape(name=name, url=url) for name, url in request.app[OPTIONS].links)
    return LinksShape(items=items).reply()


def routes() -> tuple[Route, ...]:
    return (
        Route(
            method="GET",
            path="/v1/api/links",
            handler=links,
            summary="Pages of other programs, such as dashboards and logs, that go with kinds and instances",
            answer=LinksShape,
            role=Role.VIEWER,
            is_for_any_kind=True,
            is_local=True,
            reads_kinds=False,
        ),
    )
