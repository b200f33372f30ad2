"""Who may call from a browser: our own page, and the origins that the configuration lists."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import hdrs, web

from api.options import ApiOptions
from api.problem import Problem

SAFE_METHODS = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def judge(request: web.Request, origin: str | None, options: ApiOptions) -> None:
    """Refuse what a foreign page makes a browser send. Raises Problem (403, 421)."""
    if not is_for_us(request, options):
        raise Problem(421, f"this server is not {request.host[:200]!r}")
    if origin is None or request.method in SAFE_METHODS or origin in options.allowed_origins:
        return
    if not _is_own(origin, request.host):
        raise Problem(403, f"pages of {origin[:200]!r} may not change anything here")


def is_for_us(request: web.BaseRequest, options: ApiOptions) -> bool:
    """Whether it was sent to a name of this server, and not to one that only leads here."""
    return options.hosts is None or request.host.lower() in options.hosts


def cross_origin_headers(origin: str | None, options: ApiOptions) -> dict[str, str]:
    """What lets a listed origin read the answer; empty for all others."""
    if origin is None or origin not in options.allowed_origins:
        return {}
    return {
        hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: origin,
        hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS: "true",
        hdrs.ACCESS_CONTROL_EXPOSE_HEADERS: (
            "X-Request-Id, Retry-After, X-Shardwright-Age, ETag, Idempotent-Replayed, X-Shardwright-Dry-Run"
        ),
        hdrs.VARY: "Origin",
    }


def options_response(request: web.Request, allowed: set[str], options: ApiOptions) -> web.Response:
    """The answer to OPTIONS on a path that exists, and to a preflight. Raises Problem (403)."""
    methods = sorted(allowed | {hdrs.METH_OPTIONS})
    headers = {hdrs.ALLOW: ", ".join(methods)}
    origin = request.headers.get(hdrs.ORIGIN)
    asked = request.headers.get(hdrs.ACCESS_CONTROL_REQUEST_METHOD)
    if origin is not None and asked is not None and not _is_own(origin, request.host):
        if origin not in options.allowed_origins:
            raise Problem(403, f"pages of {origin[:200]!r} may not call this server")
        headers |= {
            hdrs.ACCESS_CONTROL_ALLOW_METHODS: ", ".join(methods),
            hdrs.ACCESS_CONTROL_ALLOW_HEADERS: (
                "Content-Type, Authorization, X-Request-Id, Last-Event-ID, Idempotency-Key, If-Match,"
                " If-None-Match, X-Shardwright-Csrf"
            ),
            hdrs.ACCESS_CONTROL_MAX_AGE: "600",
        }
    return web.Response(status=204, headers=headers)


def is_own_origin(origin: str, request: web.BaseRequest, options: ApiOptions) -> bool:
    """Whether a page of that origin is ours, or one of those that the configuration lists."""
    return origin in options.allowed_origins or _is_own(origin, request.host)


def _is_own(origin: str, host: str) -> bool:
    # The scheme is not compared: behind a proxy that ends TLS it is not ours to know.
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme not in _DEFAULT_PORTS or not parts.netloc:
        return False
    default = _DEFAULT_PORTS[parts.scheme]
    theirs = parts.netloc.lower() if port is not None else parts.netloc.lower() + default
    ours = host.lower()
    return theirs in (ours, ours + default)
