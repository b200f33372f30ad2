"""The identity provider whose tokens count, and what their claims give."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from orchestrator.settings.address import WebAddress
from orchestrator.settings.section import Number, Section, refuse

Name = Annotated[str, Field(min_length=1, max_length=512)]
Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]


def _issuer(value: str) -> str:
    # Kept as it is: it is compared with what tokens say, to the last slash.
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be the https:// address by which the provider names itself")
    return value


class OidcGrant(Section):
    """Who has ``value`` in ``claim``, or in the list that it is, has the role; ``kind`` None: for all."""

    claim: Name
    value: Name
    role: Literal["viewer", "operator", "admin"]
    kind: Name | None = None


class Oidc(Section):
    """``audience``: of which a token must name one. ``leeway``: seconds that clocks may differ."""

    issuer: Annotated[str, AfterValidator(_issuer)]
    audience: Annotated[tuple[Name, ...], Field(min_length=1)]
    keys_url: WebAddress | None = None
    algorithms: Annotated[tuple[Algorithm, ...], Field(min_length=1)] = ("RS256", "ES256")
    name_claim: Name = "sub"
    leeway: Annotated[Number, Field(ge=0, le=300)] = 30.0
    ca: Path | None = None
    grants: Annotated[tuple[OidcGrant, ...], Field(max_length=1000)] = ()

    @model_validator(mode="after")
    def _agree(self) -> Self:
        refuse(
            "access.oidc.grants is empty, so that nobody whom the provider knows may do anything; give some"
            if not self.grants
            else None
        )
        return self
