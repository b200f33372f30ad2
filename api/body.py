"""Bodies of requests: read within a limit, decoded strictly, checked against a shape."""

from __future__ import annotations

import asyncio
import difflib
import json
from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar

from aiohttp import hdrs, web
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from api.options import OPTIONS
from api.problem import Problem, shortened
from api.route import is_secret

ShapeT = TypeVar("ShapeT", bound=BaseModel)
_MOST_REASONS = 10


BODY = web.RequestKey("body", bytes)
"""On a request whose body was read: it can be asked for again."""


async def read_bytes(request: web.Request, limit: int) -> bytes:
    """The body, at most ``limit`` bytes, as sent or unpacked. Raises Problem (400, 408, 413)."""
    known: bytes | None = request.get(BODY)
    if known is not None:
        return known
    if (request.content_length or 0) > limit:
        raise _too_large(limit)
    body = bytearray()
    within = request.app[OPTIONS].body_patience
    try:
        async with asyncio.timeout(within):
            async for part in request.content.iter_chunked(64 * 1024):
                body += part
                if len(body) > limit:
                    raise _too_large(limit)
    except (web.RequestPayloadError, ConnectionResetError) as broken:
        raise Problem(400, "the body could not be read to its end") from broken
    except TimeoutError as slow:
        raise Problem(408, f"the body did not come within {within:g} s") from slow
    request[BODY] = read = bytes(body)
    return read


def decode_json(body: bytes) -> Any:
    """One JSON value in UTF-8, without repeated keys and without NaN. Raises Problem (400).

    A number without a fraction is whole however it is written, as JSON Schema has it: ``5.0`` is 5.
    """
    try:
        return json.loads(
            body.decode(), object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_number
        )
    except UnicodeDecodeError as wrong:
        raise Problem(400, f"the body is not UTF-8 at byte {wrong.start}") from wrong
    except json.JSONDecodeError as wrong:
        where = f"line {wrong.lineno} column {wrong.colno}"
        raise Problem(400, f"the body is not JSON: {wrong.msg} at {where}") from wrong
    except RecursionError as deep:
        raise Problem(400, "the body is nested too deeply") from deep
    except ValueError as wrong:
        raise Problem(400, "the body has a number of too many digits") from wrong


def require_json(request: web.Request) -> None:
    """Raises Problem (415) unless the body is declared to be JSON."""
    if request.content_type != "application/json":
        declared = request.headers.get(hdrs.CONTENT_TYPE, "no content type")
        raise Problem(415, f"the body is {declared[:100]!r}; allowed: application/json")


async def read_shape(request: web.Request, shape: type[ShapeT]) -> ShapeT:
    """The body as ``shape``; no body is an empty object. Raises Problem (400, 413, 415, 422)."""
    body = await read_bytes(request, request.app[OPTIONS].body_limit)
    if body:
        require_json(request)
    value = decode_json(body) if body.strip() else {}
    if not isinstance(value, dict):
        raise Problem(400, f"the body is {_name(value)}; allowed: a JSON object")
    fields = {field.alias or name: field for name, field in shape.model_fields.items()}
    strangers = [name for name in value if name not in fields][:_MOST_REASONS]
    if strangers:
        unknown = [unknown_name("the field", name, sorted(fields)) for name in strangers]
        raise Problem(400, unknown[0], unknown)
    try:
        return shape.model_validate(value)
    except ValidationError as wrong:
        raise _unfit(wrong, fields) from wrong


def unknown_name(what: str, name: str, allowed: list[str]) -> str:
    """A refusal of a name that is not known, with the one that was probably meant."""
    close = difflib.get_close_matches(name[:100].lower(), [one.lower() for one in allowed], 1)
    meant = next((one for one in allowed if close and one.lower() == close[0]), None)
    hint = f", did you mean {meant}?" if meant is not None else ""
    known = ", ".join(allowed) or "none"
    return f"{what} {shortened(name)} is not known{hint}; allowed: {known}"


def _unfit(wrong: ValidationError, fields: Mapping[str, FieldInfo]) -> Problem:
    values: list[str] = []
    for error in wrong.errors(include_url=False):
        name = str(error["loc"][0])
        said = "missing" if error["type"] == "missing" else _quoted(fields[name], error["input"])
        values.append(f"{name} is {said}; allowed: {fields[name].description}")
    return Problem(422, values[0], values)


def _quoted(field: FieldInfo, value: object) -> str:
    """A refusal repeats no secret."""
    return "not usable" if is_secret(field) else shortened(value)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise Problem(400, f"the body has the field {shortened(name)} more than once")
            seen.add(name)
    return value


def _number(text: str) -> float | int:
    value = float(text)
    # Beyond that a float stands for several whole numbers.
    return int(value) if value.is_integer() and abs(value) <= 2**53 else value


def _no_constant(name: str) -> NoReturn:
    raise Problem(400, f"the body has {name}, which is not JSON")


def _name(value: object) -> str:
    return {list: "an array", str: "a string", type(None): "null", bool: "a boolean"}.get(
        type(value), "a number"
    )


def _too_large(limit: int) -> Problem:
    return Problem(413, f"the body is larger than {limit:,} bytes")
