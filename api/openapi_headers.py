"""The headers of requests and answers, as ``/openapi.json`` has them."""

from __future__ import annotations

from typing import Any

from aiohttp import hdrs

from api.headers import AGE_HEADER, REQUEST_ID_HEADER
from api.idempotency import HEADER, REPLAYED
from api.query import DRY_RUN
from api.route import Route
from api.writes import DRY_RUN_HEADER

_TEXT: dict[str, object] = {"type": "string"}


def request_headers(route: Route) -> list[dict[str, Any]]:
    """Those that a mutation minds."""
    found: list[dict[str, Any]] = []
    if route.takes_key:
        said = "a word of your own for this wish: sent again within 24 hours it gets the first answer again"
        schema = {"type": "string", "pattern": "^[!-~]{1,200}$"}
        found.append(_header(HEADER, schema, said))
    if route.is_write and route.version is not None:
        found.append(_header(hdrs.IF_MATCH, _TEXT, "only if its ETag is this one, or * for any"))
        found.append(
            _header(hdrs.IF_NONE_MATCH, _TEXT, "only if its ETag is not this one; * if there is none")
        )
    return found


def answer_headers(route: Route, status: int) -> dict[str, Any]:
    """Those that say something of the answer itself."""
    found: dict[str, Any] = {
        REQUEST_ID_HEADER: _said("what the log and the audit trail name this request by")
    }
    if status in (429, 503):
        found[hdrs.RETRY_AFTER] = _said("seconds")
    if route.takes_key and status < 500:
        found[REPLAYED] = _said("true: this is the first answer to this key")
    if status != 200:
        return found
    if route.version is not None:
        found["ETag"] = _said("the version of what people set of it, for If-Match")
    if DRY_RUN in route.query:
        found[DRY_RUN_HEADER] = _said("true: nothing was done")
    if route.method == "GET" and not route.is_local:
        found[AGE_HEADER] = _said("seconds for which this may be out of date, since nobody leads")
    return found


def _header(name: str, schema: dict[str, Any], said: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "schema": schema, "description": said}


def _said(what: str) -> dict[str, Any]:
    return {"description": what, "schema": _TEXT}
