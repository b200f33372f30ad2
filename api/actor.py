"""Who asked, as the journal names them."""

from __future__ import annotations

import re

from aiohttp import web

from api.access.keys import PRINCIPAL
from api.hop import ASKED_BY, PASSED_BY

_NAME = re.compile(r"[\w.:%-]{1,100}", re.ASCII)


def actor_of(request: web.Request) -> str:
    """The name of who is signed in, and how; where the server is open, the address that was asked from.

    What was passed on has the address as the server says that did it.
    """
    principal = request.get(PRINCIPAL)
    if principal is not None and principal.source not in ("open", ""):
        return f"{principal.name} ({principal.source})"
    by, asked = (request.headers.get(name, "") for name in (PASSED_BY, ASKED_BY))
    if _NAME.fullmatch(by) and _NAME.fullmatch(asked):
        return f"api {asked} by {by}"
    return f"api {request.remote or 'unknown'}"
