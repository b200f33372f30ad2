"""Users: who may sign in with a password, and what each may do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aiohttp import web

from api.access.asked import grants_of, require_name, require_strong, signing_of
from api.access.keys import PRINCIPAL
from api.audited import audited
from api.body import read_shape
from api.precondition import tag_of
from api.problem import Problem
from api.query import DRY_RUN, read_dry_run, read_query
from api.remote import remote_of
from api.route import Route
from api.shapes.access import (
    PasswordShape,
    PasswordWish,
    RemovedShape,
    UserChange,
    UserShape,
    UsersShape,
    UserWish,
    user_shape,
)
from orchestrator.core.access import Role, is_name
from orchestrator.ports.accounts import Changed, User

_REFUSALS = {
    Changed.TAKEN: "there is a user of this name already",
    Changed.STALE: "somebody else has changed this user meanwhile: look again",
    Changed.LAST_ADMIN: "nobody would be left who may do everything: make another admin first",
}


_SEEN: web.RequestKey[User | None] = web.RequestKey("user", object)  # type: ignore[arg-type]
"""The user of the path, as the answer has it; None: there is none, or none any more."""


async def user_version(request: web.Request) -> str | None:
    """Of all that an admin sets of a user, and the password."""
    found = await _seen(request)
    return None if found is None else tag_of(found.name, found.created, found.version)


async def users(request: web.Request) -> web.Response:
    read_query(request)
    found = await signing_of(request).identities.accounts.users()
    return UsersShape(items=tuple(user_shape(user) for user in found)).reply()


async def user(request: web.Request) -> web.Response:
    read_query(request)
    return user_shape(await _found(request)).reply()


async def add(request: web.Request) -> web.Response:
    dry_run = read_dry_run(request)
    signing = signing_of(request)
    wish = await read_shape(request, UserWish)
    require_name(wish.name)
    require_strong(wish.password, wish.name)
    now = signing.identities.wall()
    made = User(name=wish.name, password="", grants=grants_of(request, wish.grants), created=now, changed=now)
    audited(request, target=made.name, after=_said(made))
    if dry_run:
        is_taken = await signing.identities.accounts.user(made.name) is not None
        _require(Changed.TAKEN if is_taken else Changed.DONE)
    else:
        hashed = await signing.passwords.hashed(wish.password)
        _require(await signing.identities.accounts.add_user(replace(made, password=hashed)))
    return user_shape(made).reply()


async def change(request: web.Request) -> web.Response:
    dry_run = read_dry_run(request)
    signing = signing_of(request)
    wish = await read_shape(request, UserChange)
    before = await _found(request)
    if wish.version is not None and wish.version != before.version:
        _require(Changed.STALE)
    after = replace(before, changed=signing.identities.wall(), version=before.version + 1)
    if wish.grants is not None:
        after = replace(after, grants=grants_of(request, wish.grants))
    if wish.disabled is not None:
        after = replace(after, is_disabled=wish.disabled)
    if wish.password is not None:
        require_strong(wish.password, before.name)
        after = replace(after, password=await signing.passwords.hashed(wish.password))
    said = _said(after) | ({"password": "changed"} if wish.password is not None else {})
    audited(request, target=before.name, before=_said(before), after=said)
    if not dry_run:
        _require(await signing.identities.accounts.change_user(after))
        signing.identities.forget()
        request[_SEEN] = after
    return user_shape(after).reply()


async def remove(request: web.Request) -> web.Response:
    dry_run = read_dry_run(request)
    signing, before = signing_of(request), await _found(request)
    audited(request, target=before.name, before=_said(before))
    if not dry_run:
        _require(await signing.identities.accounts.remove_user(before.name))
        signing.identities.forget()
        request[_SEEN] = None
    return RemovedShape(removed=before.name).reply()


async def change_own_password(request: web.Request) -> web.Response:
    dry_run = read_dry_run(request)
    signing, name = signing_of(request), request[PRINCIPAL].account
    wish = await read_shape(request, PasswordWish)
    if name is None or request[PRINCIPAL].token is not None:
        raise Problem(403, "only who signed in with a password changes it")
    require_strong(wish.new_password, name)
    before = await signing.proven(name, wish.password, remote_of(request))
    if before is None:
        raise Problem(422, "the password until now does not fit")
    audited(request, target=name, after={"password": "changed"})
    if not dry_run:
        hashed = await signing.passwords.hashed(wish.new_password)
        now, version = signing.identities.wall(), before.version + 1
        after = replace(before, password=hashed, changed=now, version=version)
        _require(await signing.identities.accounts.change_user(after))
        signing.identities.forget()
    return PasswordShape(changed=not dry_run).reply()


async def _found(request: web.Request) -> User:
    found = await _seen(request)
    if found is None:
        raise Problem(404, "there is no user of this name")
    return found


async def _seen(request: web.Request) -> User | None:
    """Looked up once a request: what was judged is what is changed, or nothing is."""
    if _SEEN not in request:
        name, signing = request.match_info["user"], signing_of(request)
        request[_SEEN] = await signing.identities.accounts.user(name) if is_name(name) else None
    return request[_SEEN]


def _require(changed: Changed) -> None:
    """Raises Problem (404, 409) for what was not done."""
    if changed is Changed.ABSENT:
        raise Problem(404, "there is no user of this name")
    if changed is not Changed.DONE:
        raise Problem(409, _REFUSALS[changed])


def _said(user: User) -> dict[str, Any]:
    return {"grants": [str(grant) for grant in user.grants], "disabled": user.is_disabled}


def routes() -> tuple[Route, ...]:
    path, one = "/v1/api/users", "/v1/api/users/{user}"
    common: dict[str, Any] = {"role": Role.ADMIN, "is_local": True}
    refusals = (404, 409, 422)
    return (
        Route(
            method="GET",
            path=path,
            handler=users,
            summary="All users",
            answer=UsersShape,
            problems=(409, 503),
            **common,
        ),
        Route(
            method="POST",
            path=path,
            handler=add,
            summary="Make a user",
            query=(DRY_RUN,),
            body=UserWish,
            answer=UserShape,
            problems=refusals,
            **common,
        ),
        Route(
            method="GET",
            path=one,
            handler=user,
            version=user_version,
            summary="A user",
            answer=UserShape,
            problems=(409, 503),
            **common,
        ),
        Route(
            method="PATCH",
            path=one,
            handler=change,
            version=user_version,
            summary="Change what a user may do, the password, or whether they may sign in",
            query=(DRY_RUN,),
            body=UserChange,
            answer=UserShape,
            problems=refusals,
            **common,
        ),
        Route(
            method="DELETE",
            path=one,
            handler=remove,
            version=user_version,
            summary="Remove a user with all tokens and sessions",
            query=(DRY_RUN,),
            answer=RemovedShape,
            problems=(409,),
            **common,
        ),
        Route(
            method="POST",
            path="/v1/api/session/password",
            handler=change_own_password,
            summary="Change the own password",
            query=(DRY_RUN,),
            body=PasswordWish,
            answer=PasswordShape,
            problems=(*refusals, 429),
            role=Role.VIEWER,
            is_local=True,
            is_for_any_kind=True,
        ),
    )
