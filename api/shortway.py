"""The short way: the lookup of an owner, answered before the router and the middleware.

It takes only what neither would treat in another way: a GET under a name of ours, without an origin, of
somebody who is known to be allowed it, for a path that needs no decoding, of an id that its owner has
acknowledged. All else goes the long way, and is answered or refused there.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from aiohttp import hdrs, web
from multidict import CIMultiDict

from api.access import ACCESS
from api.headers import ALWAYS, REQUEST_ID_HEADER, REQUEST_IDS
from api.lookup import LOOKUP
from api.options import OPTIONS
from api.origin import is_for_us

LongWay = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
_PLAIN = re.compile(r"/v1/api/orchestrations/(\w[\w.~:@-]*)/(\w[\w.~:@-]*)/instances", re.ASCII)
_HEADERS = CIMultiDict({hdrs.CONTENT_TYPE: "application/json"} | ALWAYS)


class ShortWay:
    """Handles the requests of an application; ``long_way`` is the application's own handler."""

    def __init__(self, app: web.Application, long_way: LongWay) -> None:
        self._lookup = app[LOOKUP]
        self._options = app[OPTIONS]
        self._access = app[ACCESS]
        self._ids = app[REQUEST_IDS]
        self._long_way = long_way

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        body = self._owned(request)
        if body is None:
            return await self._long_way(request)
        answer = web.Response(body=body, headers=_HEADERS)
        answer.headers[REQUEST_ID_HEADER] = self._ids.of(request.headers)
        return answer

    def _owned(self, request: web.BaseRequest) -> bytes | None:
        path = _PLAIN.fullmatch(request.raw_path)
        if path is None or request.method != hdrs.METH_GET or hdrs.ORIGIN in request.headers:
            return None
        if not is_for_us(request, self._options) or not self._access.admits_at_once(request, path[1]):
            return None
        try:
            return self._lookup.owned(path[1], path[2])
        except Exception:  # noqa: BLE001 - the long way meets it as well, and reports it
            return None
