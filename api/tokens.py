"""API tokens: for programs, with no more rights than who made them."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from api.access.asked import grants_of, require_label, signing_of
from api.access.keys import PRINCIPAL
from api.access.secrets import digest_of, new_token
from api.audited import audited
from api.body import read_shape
from api.parameters import Flag
from api.precondition import tag_of
from api.problem import Problem, shortened
from api.query import DRY_RUN, read_dry_run, read_query
from api.route import Route
from api.shapes.access import (
    MadeTokenShape,
    RemovedShape,
    TokenShape,
    TokensShape,
    TokenWish,
    token_shape,
)
from orchestrator.core.access import Principal, Role, covers, simplified
from orchestrator.ports.accounts import Accounts, Changed, Token

USUAL_S = 90 * 86400.0
MOST_OF_ONE = 200
"""Tokens that one user may have at a time."""

_ALL = Flag(name="all", description="those of all users, for admins")


_SEEN: web.RequestKey[Token | None] = web.RequestKey("token", object)  # type: ignore[arg-type]
"""The token of the path, as the answer has it; None: who asks has none of this id."""


async def token_version(request: web.Request) -> str | None:
    """Of whether it is revoked; nothing else of a token is ever changed."""
    found = await _seen(request)
    return None if found is None else tag_of(found.id, found.created, found.revoked)


async def tokens(request: web.Request) -> web.Response:
    wants_all = _ALL.read(read_query(request, (_ALL,)))
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
    wish = await read_shape(request, TokenWish)
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


async def token(request: web.Request) -> web.Response:
    read_query(request)
    return token_shape(await _found(request)).reply()


async def revoke(request: web.Request) -> web.Response:
    dry_run = read_dry_run(request)
    identities, principal = signing_of(request).identities, request[PRINCIPAL]
    found = await _found(request)
    audited(request, target=found.id, before=_said(found))
    if not await _may_revoke(identities.accounts, principal, found):
        raise Problem(
            403,
            f"this token revokes itself and those made with it, until it may do all that {found.owner} may",
        )
    if not dry_run:
        # Revoked twice is revoked.
        await identities.accounts.revoke_token(found.id, at=identities.wall())
        identities.forget()
        request[_SEEN] = None
    return RemovedShape(removed=found.id).reply()


async def _found(request: web.Request) -> Token:
    found = await _seen(request)
    if found is None:
        raise Problem(404, f"{request[PRINCIPAL].name} has no token {shortened(request.match_info['token'])}")
    return found


async def _seen(request: web.Request) -> Token | None:
    """Looked up once a request; that of somebody else is there for admins alone."""
    if _SEEN not in request:
        accounts, principal = signing_of(request).identities.accounts, request[PRINCIPAL]
        token_id = request.match_info["token"]
        found = await accounts.token(token_id) if token_id.isascii() and token_id.isalnum() else None
        is_own = found is not None and found.owner == principal.account
        request[_SEEN] = found if is_own or principal.role_for(None) is Role.ADMIN else None
    return request[_SEEN]


async def _may_revoke(accounts: Accounts, principal: Principal, found: Token) -> bool:
    """A token that was made weaker than its owner, and leaks, shall not end the owner's other tokens."""
    if principal.token is None or principal.role_for(None) is Role.ADMIN:
        return True
    parents = {token.id: token.parent for token in await accounts.tokens(found.owner)}
    at: str | None = found.id
    while at is not None and at != principal.token:
        at = parents.get(at)
    if at is not None:
        return True
    owner = await accounts.user(found.owner)
    return owner is not None and covers(principal.grants, owner.grants)


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
            problems=(409, 422, 503),
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
            problems=(409, 422),
            keeps_answer=False,
            **common,
        ),
        Route(
            method="GET",
            path=f"{path}/{{token}}",
            handler=token,
            version=token_version,
            summary="An API token, without its secret",
            answer=TokenShape,
            problems=(409, 503),
            **common,
        ),
        Route(
            method="DELETE",
            path=f"{path}/{{token}}",
            handler=revoke,
            version=token_version,
            summary="Revoke a token, with those that it made and the sessions that it began",
            query=(DRY_RUN,),
            answer=RemovedShape,
            problems=(409, 422),
            **common,
        ),
    )
