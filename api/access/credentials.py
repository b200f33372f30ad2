"""What a request brings to say who asks: a bearer token, or the cookie of a browser's session."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import hdrs, web

COOKIE = "shardwright_session"
_LONGEST = 16 * 1024
"""Characters; tokens of an identity provider are long."""


@dataclass(frozen=True, slots=True)
class Credential:
    """``text``: the secret itself; an empty one is none."""

    text: str
    is_cookie: bool


def credential_of(request: web.BaseRequest) -> Credential | None:
    """A token beats the cookie; None: the request brings neither. An unusable one is empty."""
    given = request.headers.get(hdrs.AUTHORIZATION)
    if given is not None:
        scheme, _, token = given.partition(" ")
        token = token.strip()
        usable = scheme.lower() == "bearer" and token.isascii() and len(token) <= _LONGEST
        return Credential(token if usable else "", is_cookie=False)
    if hdrs.COOKIE not in request.headers:
        return None
    cookie = request.cookies.get(COOKIE)
    if cookie is None:
        return None
    return Credential(cookie if cookie.isascii() and len(cookie) <= _LONGEST else "", is_cookie=True)
