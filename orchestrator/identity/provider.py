"""What is configured of an identity provider, and what the claims of its tokens give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestrator.core.access import Grant
from orchestrator.core.access.grant import simplified

ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
)
"""Those with two keys: with a shared secret (HS...) whoever can check a token can make one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Who has ``value`` in the claim, or among the values of the claim, has the grant."""

    claim: str
    value: str
    grant: Grant


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """``keys_url`` None: as the issuer's own document says. ``leeway``: seconds that clocks may differ.

    ``audiences``: of which a token must name one. ``name_claim``: whose text names the principal. ``ca``: the
    only authority that is trusted; None: those of the system.
    """

    issuer: str
    audiences: tuple[str, ...]
    rules: tuple[Rule, ...]
    keys_url: str | None = None
    algorithms: tuple[str, ...] = ("RS256", "ES256")
    name_claim: str = "sub"
    leeway: float = 30.0
    ca: Path | None = None


def grants_of(claims: Mapping[str, Any], rules: Sequence[Rule]) -> tuple[Grant, ...]:
    """What the claims give; a name with dots leads into what is nested (``realm_access.roles``)."""
    return simplified(rule.grant for rule in rules if rule.value in _values(claims, rule.claim))


def _values(claims: Mapping[str, Any], name: str) -> list[object]:
    # A name may have dots of its own, as the addresses that some providers use have.
    found: object = claims.get(name)
    if found is None:
        found = claims
        for part in name.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, list):
        return list(found)
    return [found] if isinstance(found, str) else []
