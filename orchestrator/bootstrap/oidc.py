"""The identity provider of the configuration, as the door that takes its tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.core.access import GRANTED, Grant
from orchestrator.errors import ConfigError
from orchestrator.ports import Clock
from orchestrator.settings import Settings

if TYPE_CHECKING:
    from orchestrator.identity.oidc import OidcTokens


def bearers(settings: Settings, clock: Clock) -> tuple[OidcTokens, ...]:
    """None or one. Raises ConfigError without its library, Permanent where its authority cannot be used."""
    given = settings.access.oidc
    if given is None:
        return ()
    try:
        from orchestrator.identity.oidc import OidcTokens
        from orchestrator.identity.provider import Provider, Rule
    except ImportError as error:
        raise ConfigError(
            "access.oidc is given, which needs the extra 'oidc': pip install 'shardwright[oidc]'"
        ) from error
    rules = tuple(
        Rule(claim=one.claim, value=one.value, grant=_grant(one.role, one.kind)) for one in given.grants
    )
    provider = Provider(
        issuer=given.issuer,
        audiences=given.audience,
        rules=rules,
        keys_url=given.keys_url,
        algorithms=given.algorithms,
        name_claim=given.name_claim,
        leeway=given.leeway,
        ca=None if given.ca is None else given.ca.expanduser(),
    )
    return (OidcTokens(provider, monotonic=clock.monotonic),)


def _grant(role: str, kind: str | None) -> Grant:
    return Grant(GRANTED[role], kind)
