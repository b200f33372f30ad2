"""A browser sends its cookie whoever made it: a write must also prove that it comes from our page."""

from __future__ import annotations

import hashlib
import hmac

from aiohttp import hdrs, web

from api.options import OPTIONS
from api.origin import SAFE_METHODS, is_own_origin
from api.problem import Problem

HEADER = "X-Shardwright-Csrf"
_FETCH_SITE = "Sec-Fetch-Site"


def csrf_of(cookie: str) -> str:
    """What only who can read our answers knows of a session."""
    return hmac.digest(cookie.encode(), b"shardwright csrf", hashlib.sha256).hex()


def require_own_page(request: web.Request, cookie: str) -> None:
    """Raises Problem (403) for a write that the cookie authorises and another page may have caused."""
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get(_FETCH_SITE)
    if site is not None and site.lower() != "same-origin":
        raise Problem(403, "a change that a session authorises must come from a page of this server")
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is not None and not is_own_origin(origin, request, request.app[OPTIONS]):
        raise Problem(403, f"pages of {origin[:200]!r} may not change anything in a session")
    given = request.headers.get(HEADER, "")
    if not hmac.compare_digest(given.encode(errors="replace"), csrf_of(cookie).encode()):
        where = "GET /v1/api/session has it as csrf"
        raise Problem(403, f"a change that a session authorises needs the header {HEADER}; {where}")
