"""``/openapi.json``, made from the table of routes, so that it can name no other ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema

from api.problem import MEDIA_TYPE
from api.route import Route

TEXT: dict[str, object] = {"type": "string", "minLength": 1}
VARIABLES: dict[str, dict[str, object]] = {
    "shard": {"type": "integer", "minimum": 0, "maximum": 999_999_999},
    "plan": {"type": "integer", "minimum": 1, "maximum": 999_999_999},
}
"""What stands in a path, where it is not text."""

_REFERENCE = "#/components/schemas/{model}"


class ProblemShape(BaseModel):
    """RFC 9457; ``reasons`` are sentences, ``plan`` is the number of one that was computed instead."""

    type: str = "about:blank"
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    reasons: list[str]
    plan: int | None = None


def describe_api(routes: Sequence[Route], version: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document of these routes."""
    answers = {route.answer for route in routes if not isinstance(route.answer, str)}
    bodies = {route.body for route in routes if route.body is not None}
    ordered = sorted(answers | {ProblemShape}, key=lambda model: model.__name__)
    models = [(model, "serialization") for model in ordered]
    models += [(model, "validation") for model in sorted(bodies, key=lambda model: model.__name__)]
    _, schemas = models_json_schema(models, ref_template=_REFERENCE)  # type: ignore[arg-type]
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Shardwright", "version": version, "license": {"name": "Apache-2.0"}},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"worker": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    variables = [
        {"name": name, "in": "path", "required": True, "schema": VARIABLES.get(name, TEXT)}
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
        "parameters": variables + query,
        "responses": {"200": {"description": HTTPStatus.OK.phrase, "content": answer}},
    }
    for status in sorted(route.refusals):
        operation["responses"][str(status)] = {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": _REFERENCE.format(model="ProblemShape")}}},
        }
    if route.body is not None:
        is_needed = any(field.is_required() for field in route.body.model_fields.values())
        operation["requestBody"] = {"required": is_needed, "content": _content(route.body)}
    if route.security:
        operation["security"] = [{"worker": []}]
    return operation


def _content(model: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REFERENCE.format(model=model.__name__)}}}
