"""What the handlers of accounts share: the accounts, and grants and passwords as they were sent."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from api.access.access import ACCESS
from api.access.signing import Signing
from api.options import FACADE
from api.problem import Problem, shortened
from orchestrator.core.access import (
    LABEL_RULE,
    NAME_RULE,
    PASSWORD_RULE,
    Grant,
    is_label,
    is_name,
    is_strong,
    parsed,
    simplified,
)


def signing_of(request: web.Request) -> Signing:
    """Raises Problem (409) where the server is open: it has no accounts."""
    signing = request.app[ACCESS].signing
    if signing is None:
        raise Problem(409, "this server is open (access.mode): it has no accounts")
    return signing


def grants_of(request: web.Request, texts: Sequence[str]) -> tuple[Grant, ...]:
    """Raises Problem (422) for what is no grant, or one for a kind that is not configured."""
    kinds = request.app[FACADE].kinds()
    grants = []
    for text in texts:
        try:
            grant = parsed(text)
        except ValueError as wrong:
            raise Problem(422, str(wrong)) from wrong
        if grant.kind is not None and grant.kind not in kinds:
            allowed = ", ".join(kinds)
            raise Problem(422, f"the kind {shortened(grant.kind)} is not configured; allowed: {allowed}")
        grants.append(grant)
    return simplified(grants)


def require_name(name: str) -> None:
    """Raises Problem (422)."""
    if not is_name(name):
        raise Problem(422, f"name is {shortened(name)}; allowed: {NAME_RULE}")


def require_label(name: str) -> None:
    """Of a token. Raises Problem (422)."""
    if not is_label(name):
        raise Problem(422, f"name is {shortened(name)}; allowed: {LABEL_RULE}")


def require_strong(password: str, name: str) -> None:
    """Raises Problem (422), which does not repeat the password."""
    if not is_strong(password, name):
        raise Problem(422, f"the password is too weak or too long; allowed: {PASSWORD_RULE}")
