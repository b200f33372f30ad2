"""Who one is, and the API tokens by which programs are somebody."""

from __future__ import annotations

from collections.abc import Sequence
from http.cookies import CookieError, SimpleCookie
from typing import Any

from shardwright_client.answers import MadeToken, Session, Token
from shardwright_client.calls import CHANGE_TIMEOUT_S, Calls
from shardwright_client.errors import Unexpected
from shardwright_client.kinds import wish

SESSION = ("v1", "api", "session")
TOKENS = ("v1", "api", "tokens")


class Access(Calls):
    """Of whoever calls."""

    def session(self) -> Session:
        """Who is signed in by the token of this client; ``name`` None: nobody."""
        found: Session = self.get(*SESSION)
        return found

    def tokens(self, *, of_all: bool = False) -> list[Token]:
        """The own tokens, the newest first; ``of_all``: those of everybody, for admins."""
        found: list[Token] = self.get(*TOKENS, all=of_all or None)["items"]
        return found

    def make_token(
        self, name: str, *, grants: Sequence[str] | None = None, expires_in: float | None = None
    ) -> MadeToken:
        """A token with these grants, else with one's own; its secret is shown this once."""
        done: MadeToken = self.post(*TOKENS, body=_token(name, grants, expires_in))
        return done

    def revoke_token(self, token_id: str, *, dry_run: bool = False) -> dict[str, Any]:
        done: dict[str, Any] = self.delete(*TOKENS, token_id, dryRun=dry_run or None)
        return done

    def sign_in(
        self, name: str, password: str, *, token_name: str, expires_in: float | None = None
    ) -> MadeToken:
        """Make a token with name and password; the session that it takes is ended again."""
        answered, headers = self._exchange(
            *("POST", SESSION, {}, {"name": name, "password": password}, {}, CHANGE_TIMEOUT_S)
        )
        proof = {
            "Cookie": _cookie(headers.get_all("Set-Cookie") or []),
            "X-Shardwright-Csrf": answered["csrf"],
        }
        try:
            body = _token(token_name, None, expires_in)
            done: MadeToken = self.write("POST", *TOKENS, body=body, headers=proof)
        finally:
            self.write("DELETE", *SESSION, headers=proof)
        return done


def _token(name: str, grants: Sequence[str] | None, expires_in: float | None) -> dict[str, Any]:
    return wish(name=name, grants=None if grants is None else list(grants), expiresIn=expires_in)


def _cookie(given: list[str]) -> str:
    """What goes back of the cookies that were set. Raises Unexpected where there are none."""
    jar: SimpleCookie = SimpleCookie()
    try:
        for one in given:
            jar.load(one)
    except CookieError as exc:
        raise Unexpected("the server began no session", str(exc)) from exc
    if not jar:
        raise Unexpected("the server began no session", "it set no cookie")
    return "; ".join(f"{name}={morsel.coded_value}" for name, morsel in jar.items())
