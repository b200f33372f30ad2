"""API tokens: for programs, with no more rights than who made them."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from api.access.asked import grants_of, require_label, signing_of
from api.access.keys import PRINCIPAL
from api.access.secrets import digest_of, new_token
from api.audited import audited
from api.body import read_shape
from api.options import OPTIONS
from api.problem import Problem, shortened
from api.query import DRY_RUN, flag, read_dry_run, read_query
from api.route import Parameter, Route
from api.shapes.access import (
    MadeTokenShape,
    RemovedShape,
    TokensShape,
    TokenWish,
    token_shape,
)
from orchestrator.core.access import Role, covers, simplified
from orchestrator.ports.accounts import Changed, Token

USUAL_S = 90 * 86400.0
MOST_OF_ONE = 200
"""Tokens that one user may have at a time."""

_ALL = Parameter(
    name="all", schema={"type": "boolean", "default": False}, description="those of all users, for admins"
)


async def tokens(request: web.Request) -> web.Response:
    wants_all = flag(read_query(request, (_ALL,)), _ALL.name)
    principal, accounts = request[PRINCIPAL], signing_of(request).identities.accounts
    if wants_all and principal.role_for(None) < Role.ADMIN:
        raise Problem(403, f"{principal.name} is no admin: the tokens of others are for admins")
    if not wants_all and principal.account is None:
        return TokensShape(items=()).reply()
    found = await accounts.tokens(None if wants_all else principal.account)
    return TokensShape(items=tuple(token_shape(token) for token in found)).reply()


async def make(request: web.Request) -> web.Response:
    dry_run = read_dry_run(request)
    identities, principal = signing_of(request).identities, request[PRINCIPAL]
    wish = await read_shape(request, TokenWish, request.app[OPTIONS].body_limit)
    require_label(wish.name)
    if principal.account is None:
        raise Problem(403, f"{principal.name} is no user of this server, and only users make tokens")
    wanted = principal.grants if wish.grants is None else grants_of(request, wish.grants)
    if not covers(principal.grants, wanted):
        may = ", ".join(str(grant) for grant in principal.grants)
        raise Problem(403, f"a token may do no more than who makes it: {may}")
    longest = identities.times.token_lifetime
    lasts = min(USUAL_S, longest) if wish.expires_in is None else wish.expires_in
    if lasts > longest:
        raise Problem(422, f"expiresIn is {lasts:g}; allowed: access.token_lifetime ({longest:g}) or less")
    now, secret = identities.wall(), new_token()
    own = await identities.accounts.tokens(principal.account)
    token = Token(
        id=secret.id,
        name=wish.name,
        owner=principal.account,
        digest=digest_of(secret.secret),
        grants=simplified(wanted),
        parent=principal.token,
        created=now,
        expires=min([now + lasts, *(each.expires for each in own if each.id == principal.token)]),
    )
    audited(request, target=token.id, after=_said(token))
    live = [each for each in own if each.revoked is None and each.expires > now]
    if len(live) >= MOST_OF_ONE:
        raise Problem(409, f"{principal.account} has {len(live)} tokens already: revoke some first")
    if not dry_run and await identities.accounts.add_token(token) is not Changed.DONE:
        raise Problem(409, f"{principal.name} was revoked or removed and makes no token any more")
    shown = str(secret) if not dry_run else ""
    return MadeTokenShape(**token_shape(token).model_dump(), token=shown).reply()


async def revoke(request: web.Request) -> web.Response:
    dry_run = read_dry_run(request)
    identities, principal = signing_of(request).identities, request[PRINCIPAL]
    token_id = request.match_info["token"]
    found = await identities.accounts.token(token_id) if token_id.isascii() and token_id.isalnum() else None
    is_own = found is not None and found.owner == principal.account
    if found is None or not (is_own or principal.role_for(None) is Role.ADMIN):
        raise Problem(404, f"{principal.name} has no token {shortened(token_id)}")
    audited(request, target=found.id, before=_said(found))
    if not dry_run:
        # Revoked twice is revoked.
        await identities.accounts.revoke_token(found.id, at=identities.wall())
        identities.forget()
    return RemovedShape(removed=found.id).reply()


def _said(token: Token) -> dict[str, Any]:
    grants = [str(grant) for grant in token.grants]
    return {"name": token.name, "owner": token.owner, "grants": grants, "expires": token.expires}


def routes() -> tuple[Route, ...]:
    path = "/v1/api/tokens"
    common: dict[str, Any] = {"role": Role.VIEWER, "is_for_any_kind": True, "is_local": True}
    return (
        Route(
            method="GET",
            path=path,
            handler=tokens,
            summary="The own API tokens, or those of all",
            query=(_ALL,),
            answer=TokensShape,
            problems=(400, 409, 422, 503),
            **common,
        ),
        Route(
            method="POST",
            path=path,
            handler=make,
            summary="Make an API token; its secret is shown this once",
            query=(DRY_RUN,),
            body=TokenWish,
            answer=MadeTokenShape,
            problems=(400, 409, 413, 415, 422, 503),
            keeps_answer=False,
            **common,
        ),
        Route(
            method="DELETE",
            path=f"{path}/{{token}}",
            handler=revoke,
            summary="Revoke a token, with those that it made and the sessions that it began",
            query=(DRY_RUN,),
            answer=RemovedShape,
            problems=(400, 404, 409, 422, 503),
            **common,
        ),
    )
