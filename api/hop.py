"""One request on its way to the leader: what goes along, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import ClientResponse, hdrs, web
from multidict import CIMultiDict
from yarl import URL

from api.headers import REQUEST_ID, REQUEST_ID_HEADER
from api.problem import Problem
from api.remote import remote_of

PASSED_BY = "X-Shardwright-Passed-By"
"""Who passed a request on; such a request is never passed on again."""

ASKED_BY = "X-Shardwright-Asked-By"
"""Who asked the server that passed it on, for the journal."""

_OF_THE_CONNECTION = frozenset(
    name.lower()
    for name in (
        hdrs.CONNECTION,
        hdrs.KEEP_ALIVE,
        hdrs.PROXY_AUTHENTICATE,
        hdrs.PROXY_AUTHORIZATION,
        "Proxy-Connection",
        hdrs.TE,
        hdrs.TRAILER,
        hdrs.TRANSFER_ENCODING,
        hdrs.UPGRADE,
        hdrs.EXPECT,
    )
)
_OURS_TO_SAY = _OF_THE_CONNECTION | {
    # Judged here already: at the leader both would be those of another server.
    "host",
    "origin",
    # The body was read and unpacked.
    "content-length",
    "content-encoding",
    PASSED_BY.lower(),
    ASKED_BY.lower(),
    REQUEST_ID_HEADER.lower(),
}
_OURS_TO_ANSWER = _OF_THE_CONNECTION | {"content-length", "server", "date", REQUEST_ID_HEADER.lower()}


def target(leader: str, request: web.Request) -> URL:
    """The same path at the leader, and nowhere else. Raises Problem (400)."""
    path = request.raw_path
    if not path.startswith("/"):
        raise Problem(400, "the target of the request is no path")
    return URL(leader.rstrip("/") + path.partition("#")[0], encoded=True)


def headers_along(request: web.Request, holder: str) -> CIMultiDict[str]:
    """What the leader is told: all that was said, but for what concerns this connection."""
    along = _without(request.headers, _OURS_TO_SAY)
    along[PASSED_BY] = holder
    along[ASKED_BY] = remote_of(request)
    along[REQUEST_ID_HEADER] = request[REQUEST_ID]
    return along


def headers_back(answer: ClientResponse) -> CIMultiDict[str]:
    return _without(answer.headers, _OURS_TO_ANSWER)


def _without(headers: Mapping[str, str], names: frozenset[str]) -> CIMultiDict[str]:
    named = {one.strip().lower() for one in headers.get(hdrs.CONNECTION, "").split(",")}
    return CIMultiDict((k, v) for k, v in headers.items() if k.lower() not in names | named)
