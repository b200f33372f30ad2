"""Signing in with a browser: a password or a token for a cookie that scripts cannot read."""

from __future__ import annotations

from aiohttp import web

from api.access import ACCESS
from api.access.credentials import COOKIE, credential_of
from api.access.csrf import csrf_of, require_own_page
from api.access.signing import Signed
from api.audited import audited
from api.body import read_shape
from api.options import FACADE
from api.problem import Problem
from api.query import read_query
from api.remote import remote_of
from api.route import Route
from api.shapes.session import SessionShape, SignInWish, roles_by_kind
from orchestrator.core.access import NOBODY, Principal, Role, is_name

_PATH = "/v1/api/session"


async def session(request: web.Request) -> web.Response:
    read_query(request)
    return (await _standing(request)).reply()


async def sign_in(request: web.Request) -> web.Response:
    read_query(request)
    access = request.app[ACCESS]
    wish = await read_shape(request, SignInWish)
    signing = access.signing
    if signing is None:
        raise Problem(409, "this server is open: nobody signs in")
    remote = remote_of(request)
    if wish.token is not None and wish.name is None and wish.password is None:
        signed = await signing.with_token(wish.token, remote)
        refused = "the token is not valid, or not any more"
    elif wish.name is not None and wish.password is not None and wish.token is None:
        signed = await signing.with_password(wish.name, wish.password, remote)
        refused = "name and password do not fit"
    else:
        raise Problem(422, "give either name and password, or token")
    if wish.name is not None and is_name(wish.name):
        audited(request, actor=wish.name)
    if signed is not None:
        audited(request, actor=signed.principal.name)
    if signed is None:
        raise Problem(401, refused, headers={"WWW-Authenticate": "Bearer"})
    answer = _shape(request, signed.principal, cookie=signed.cookie, expires=signed.expires).reply()
    _set_cookie(request, answer, signed)
    return answer


async def sign_out(request: web.Request) -> web.Response:
    read_query(request)
    access, credential = request.app[ACCESS], credential_of(request)
    if access.signing is not None and credential is not None and credential.is_cookie:
        require_own_page(request, credential.text)
        principal = await access.behind(credential, request)
        # To end what is none would cost a write, and the memory of everybody else.
        if principal is not None:
            audited(request, actor=principal.name)
            await access.signing.ended(credential.text)
    answer = _shape(request, _nobody(request)).reply()
    answer.del_cookie(COOKIE, path="/", samesite="Strict", secure=access.is_secure, httponly=True)
    return answer


async def _standing(request: web.Request) -> SessionShape:
    access, credential = request.app[ACCESS], credential_of(request)
    if access.identities is None or credential is None:
        return _shape(request, _nobody(request))
    principal = await access.behind(credential, request)
    if principal is None or not credential.is_cookie:
        return _shape(request, principal or NOBODY)
    found = await access.identities.session(credential.text)
    if found is None:
        return _shape(request, NOBODY)
    return _shape(request, principal, cookie=credential.text, expires=found.expires)


def _nobody(request: web.Request) -> Principal:
    return request.app[ACCESS].unknown


def _shape(
    request: web.Request, principal: Principal, *, cookie: str | None = None, expires: float | None = None
) -> SessionShape:
    access = request.app[ACCESS]
    return SessionShape(
        mode=access.mode,
        name=principal.name or None,
        source=principal.source or None,
        role=principal.role_for(None).label,
        kinds=roles_by_kind(principal, tuple(request.app[FACADE].kinds())),
        csrf=None if cookie is None else csrf_of(cookie),
        expires_at=expires,
        sign_in=access.sign_in,
    )


def _set_cookie(request: web.Request, answer: web.Response, signed: Signed) -> None:
    access = request.app[ACCESS]
    answer.set_cookie(
        COOKIE,
        signed.cookie,
        max_age=int(access.session_lifetime),
        path="/",
        secure=access.is_secure,
        httponly=True,
        samesite="Strict",
    )


def routes() -> tuple[Route, ...]:
    return (
        Route(
            method="GET",
            path=_PATH,
            handler=session,
            summary="Who is signed in, and what they may do",
            answer=SessionShape,
            problems=(429, 503),
            role=Role.NOBODY,
            is_local=True,
        ),
        Route(
            method="POST",
            path=_PATH,
            handler=sign_in,
            summary="Sign in with a password or a token; the session is a cookie",
            body=SignInWish,
            answer=SessionShape,
            problems=(401, 409, 422, 429),
            role=Role.NOBODY,
            is_local=True,
        ),
        Route(
            method="DELETE",
            path=_PATH,
            handler=sign_out,
            summary="Sign out: end the session of the cookie",
            answer=SessionShape,
            problems=(403, 429),
            role=Role.NOBODY,
            is_local=True,
        ),
    )
