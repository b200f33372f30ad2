from __future__ import annotations

import re

from api.app import build_app
from api.examples import BODIES, VARIABLES
from api.options import ApiOptions
from api.stream import Streams
from api.table import all_routes
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
    assert described == served_routes - console - {("GET", "/docs"), ("GET", "/docs/{file}")}


async def test_every_body_and_every_variable_has_an_example_that_fits() -> None:
    routes = all_routes(Streams())
    bodies = {route.body for route in routes if route.body is not None}
    assert {body.__name__ for body in bodies} == set(BODIES)
    for body in bodies:
        body.model_validate(BODIES[body.__name__])
    assert {name for route in routes for name in re.findall(r"{(\w+)}", route.path)} == set(VARIABLES)


async def test_every_operation_says_who_may_and_every_mutation_how_it_is_made_safe(served: Served) -> None:
    async with served.get("/openapi.json") as answer:
        document = await answer.json()
    keyed = {(one.method, one.path): one.takes_key for one in all_routes(Streams())}
    keyed["GET", "/openapi.json"] = False
    for path, item in document["paths"].items():
        for method, operation in item.items():
            assert operation["x-role"] in ("worker", "nobody", "viewer", "operator", "admin")
            assert operation["summary"] and len(operation["tags"]) == 1
            headers = {one["name"] for one in operation["parameters"] if one["in"] == "header"}
            is_write = method != "get" and operation["x-role"] not in ("worker", "nobody")
            assert ("Idempotency-Key" in headers) == keyed[method.upper(), path]
            assert is_write or "Idempotency-Key" not in headers
            if "If-Match" in headers:
                assert "412" in operation["responses"]
                assert "ETag" in operation["responses"]["200"]["headers"]
            assert {"401", "403"} <= set(operation["responses"]) or not operation["security"] or not is_write


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
