"""Signing in from a program: a token for a password, and no session left behind."""

from __future__ import annotations

import pytest

from shardwright_client import Client, NotAllowed
from tests.api.accounts import PASSWORD, Guarded, guarded
from tests.client.conftest import asked

__all__ = ["guarded"]


def client(guarded: Guarded, token: str | None = None) -> Client:
    return Client(f"http://{guarded.served.host}:{guarded.served.port}", token=token)


async def test_a_password_becomes_a_token_with_the_same_rights(guarded: Guarded) -> None:
    await guarded.user("ann", "operator:Thing")
    made = await asked(client(guarded).sign_in, "ann", PASSWORD, token_name="cli here", expires_in=3600.0)
    signed = client(guarded, made["token"])
    standing = await asked(signed.session)
    assert (standing["name"], standing["kinds"]) == ("ann/cli here", {"Thing": "operator"})
    assert (await asked(signed.kind, "Thing"))["kind"] == "Thing"
    (kept,) = await asked(signed.tokens)
    assert (kept["name"], kept["id"]) == ("cli here", made["id"])
    await asked(signed.revoke_token, made["id"])
    with pytest.raises(NotAllowed):
        await asked(signed.kinds)


async def test_the_session_that_it_took_is_ended(guarded: Guarded) -> None:
    await guarded.user("ann", "viewer")
    begun: list[str] = []
    ended: list[str] = []
    signing = guarded.access.signing
    assert signing is not None
    with_password, end = signing.with_password, signing.ended

    async def note_begin(*given: str) -> object:
        signed = await with_password(*given)
        begun.append(signed.cookie if signed else "")
        return signed

    async def note_end(cookie: str) -> None:
        ended.append(cookie)
        await end(cookie)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(signing), "with_password", lambda _, *given: note_begin(*given))
        patch.setattr(type(signing), "ended", lambda _, cookie: note_end(cookie))
        await asked(client(guarded).sign_in, "ann", PASSWORD, token_name="cli")
    assert begun and begun == ended


async def test_a_wrong_password_is_refused(guarded: Guarded) -> None:
    await guarded.user("ann", "viewer")
    with pytest.raises(NotAllowed, match="do not fit"):
        await asked(client(guarded).sign_in, "ann", "wrong", token_name="cli")


async def test_without_a_token_nobody_is_signed_in(guarded: Guarded) -> None:
    assert (await asked(client(guarded).session))["name"] is None
    with pytest.raises(NotAllowed) as ended:
        await asked(client(guarded).kinds)
    assert ended.value.status == 401
