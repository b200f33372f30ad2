"""The headers of every answer: what a browser may do with it, and the id of the request."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping

from aiohttp import hdrs, web

from api.options import OPTIONS
from api.origin import cross_origin_headers

REQUEST_ID_HEADER = "X-Request-Id"
REQUEST_ID = web.RequestKey("request_id", str)
AGE_HEADER = "X-Shardwright-Age"
"""Seconds for which an answer may be out of date: nobody leads, or this leader lost touch with the store."""

AGE = web.RequestKey("age", float)
_GIVEN_ID = re.compile(r"[A-Za-z0-9._\-]{1,64}")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
SECURITY = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Server": "shardwright",
}
POLICY_OF = web.RequestKey("policy", str)
"""On a request whose answer has another policy than ``POLICY``."""

ALWAYS = SECURITY | {hdrs.CACHE_CONTROL: "no-store"}
"""What an answer says that says nothing of caching itself."""


class RequestIds:
    """Names the requests of one application; it numbers those that bring no id of their own."""

    def __init__(self, beginning: str) -> None:
        self._beginning = beginning
        self._numbers = itertools.count(1)

    def of(self, headers: Mapping[str, str]) -> str:
        given = headers.get(REQUEST_ID_HEADER)
        if given is not None and _GIVEN_ID.fullmatch(given):
            return given
        return f"{self._beginning}-{next(self._numbers)}"


REQUEST_IDS = web.AppKey("request_ids", RequestIds)


async def on_prepare(request: web.Request, response: web.StreamResponse) -> None:
    """Complete the headers just before they are sent, of streams as well."""
    headers = response.headers
    headers.update(SECURITY if hdrs.CACHE_CONTROL in headers else ALWAYS)
    policy = request.get(POLICY_OF)
    if policy is not None:
        headers["Content-Security-Policy"] = policy
    request_id = request.get(REQUEST_ID)
    if request_id is not None:
        headers[REQUEST_ID_HEADER] = request_id
    age = request.get(AGE)
    if age is not None:
        headers[AGE_HEADER] = f"{age:.1f}"
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is not None:
        headers.update(cross_origin_headers(origin, request.app[OPTIONS]))
