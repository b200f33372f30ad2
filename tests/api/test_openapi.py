from __future__ import annotations

import re

from api.app import build_app
from api.options import ApiOptions
from tests.api.conftest import Served
from tests.api.facade_double import FacadeDouble


async def test_the_document_names_exactly_the_routes(served: Served) -> None:
    async with served.get("/openapi.json") as answer:
        document = await answer.json()
    described = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    app = build_app(FacadeDouble(), ApiOptions(version="1", monotonic=lambda: 0.0))
    served_routes = {
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.method != "HEAD" and route.resource is not None
    }
    console = {("GET", "/"), ("GET", "/console/"), ("GET", "/console/{path}")}
    assert described == served_routes - console


async def test_every_reference_of_the_document_leads_somewhere(served: Served) -> None:
    async with served.get("/openapi.json") as answer:
        text = await answer.text()
        document = await answer.json()
    for name in re.findall(r'"#/components/schemas/([^"]+)"', text):
        assert name in document["components"]["schemas"]
    assert document["openapi"].startswith("3.1")


async def test_every_operation_names_its_variables(served: Served) -> None:
    async with served.get("/openapi.json") as answer:
        document = await answer.json()
    operations = [one for item in document["paths"].values() for one in item.values()]
    assert len({one["operationId"] for one in operations}) == len(operations)
    for path, item in document["paths"].items():
        for operation in item.values():
            named = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path))
