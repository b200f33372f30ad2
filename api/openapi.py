"""``/openapi.json``, made from the table of routes, so that it can name no other ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema

from api.access.credentials import COOKIE
from api.access.csrf import HEADER as CSRF_HEADER
from api.examples import BODIES
from api.examples import VARIABLES as EXAMPLES
from api.openapi_headers import answer_headers, request_headers
from api.problem import MEDIA_TYPE
from api.route import Route
from orchestrator.core.access import Role

TEXT: dict[str, object] = {"type": "string", "minLength": 1}
VARIABLES: dict[str, dict[str, object]] = {
    "shard": {"type": "integer", "minimum": 0, "maximum": 999_999_999},
    "plan": {"type": "integer", "minimum": 1, "maximum": 999_999_999},
}
"""What stands in a path, where it is not text."""

SCHEMES: dict[str, dict[str, str]] = {
    "worker": {
        "type": "http",
        "scheme": "bearer",
        "description": "the token of one shard and incarnation, which its instance is given",
    },
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "an API token (swt_...), or one of the identity provider that is configured",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": f"of POST /v1/api/session; a change needs the header {CSRF_HEADER} as well",
    },
}
"""How one proves who one is. A server that is open asks nobody for it."""

_REFERENCE = "#/components/schemas/{model}"


class ProblemShape(BaseModel):
    """RFC 9457; ``reasons`` are sentences, ``plan`` is the number of one that was computed instead."""

    type: str = "about:blank"
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    reasons: list[str]
    plan: int | None = None


def describe_api(routes: Sequence[Route], version: str, *, is_open: bool = False) -> dict[str, Any]:
    """The OpenAPI 3.1 document of these routes. ``is_open``: this server asks nobody who they are."""
    answers = {route.answer for route in routes if not isinstance(route.answer, str)}
    bodies = {route.body for route in routes if route.body is not None}
    ordered = sorted(answers | {ProblemShape}, key=lambda model: model.__name__)
    models = [(model, "serialization") for model in ordered]
    models += [(model, "validation") for model in sorted(bodies, key=lambda model: model.__name__)]
    _, schemas = models_json_schema(models, ref_template=_REFERENCE)  # type: ignore[arg-type]
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, is_open)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Shardwright", "version": version, "license": {"name": "Apache-2.0"}},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": SCHEMES,
        },
    }


def _operation(route: Route, is_open: bool) -> dict[str, Any]:
    variables = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": VARIABLES.get(name, TEXT),
            "example": EXAMPLES[name],
        }
        for name in re.findall(r"{(\w+)}", route.path)
    ]
    query = [
        {
            "name": parameter.name,
            "in": "query",
            "required": parameter.required,
            "schema": dict(parameter.schema),
            "description": parameter.description,
        }
        for parameter in route.query
    ]
    answer = {route.answer: {}} if isinstance(route.answer, str) else _content(route.answer)
    operation: dict[str, Any] = {
        "operationId": f"{route.method} {route.path}",
        "summary": route.summary,
        "tags": [_tag(route)],
        "parameters": [*variables, *query, *request_headers(route)],
        "responses": {
            "200": {
                "description": HTTPStatus.OK.phrase,
                "content": answer,
                "headers": answer_headers(route, HTTPStatus.OK),
            }
        },
    }
    for status in sorted(route.refusals):
        operation["responses"][str(status)] = {
            "description": HTTPStatus(status).phrase,
            "headers": answer_headers(route, status),
            "content": {MEDIA_TYPE: {"schema": {"$ref": _REFERENCE.format(model="ProblemShape")}}},
        }
    if route.body is not None:
        is_needed = any(field.is_required() for field in route.body.model_fields.values())
        operation["requestBody"] = {"required": is_needed, "content": _content(route.body)}
        example = BODIES[route.body.__name__]
        operation["requestBody"]["content"]["application/json"]["example"] = dict(example)
    operation["x-role"] = "worker" if route.is_for_workers else route.needs.label
    operation["security"] = [] if is_open and not route.security else _security(route)
    return operation


def _tag(route: Route) -> str:
    """What the page that tries the API out lists it under."""
    if route.is_for_workers:
        return "workers"
    parts = [part for part in route.path.split("/") if part not in ("", "v1", "api")]
    named = [part for part in parts if not part.startswith("{")]
    if parts[:1] == ["kinds"] and len(named) > 1:
        return "kinds" if named[1] in ("pause", "resume", "resync") else named[1]
    return named[0] if len(parts) > 1 or "/v1/" in route.path else "server"


def _security(route: Route) -> list[dict[str, list[str]]]:
    """Any one of them; the empty list: nobody has to prove anything."""
    if route.security:
        return [{"worker": []}]
    return [] if route.needs is Role.NOBODY else [{"token": []}, {"session": []}]


def _content(model: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REFERENCE.format(model=model.__name__)}}}
