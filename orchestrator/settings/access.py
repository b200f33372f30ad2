"""Who may use the server, and how long they are let in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, model_validator

from orchestrator.settings.limits import Limits
from orchestrator.settings.oidc import Oidc
from orchestrator.settings.secret import given_twice, revealed
from orchestrator.settings.section import Number, Section, refuse

Lifetime = Annotated[Number, Field(ge=60, le=10 * 365 * 86400)]


class Access(Section):
    """``accounts``: people and programs sign in. ``open``: nobody does, and everybody may do everything.

    ``url``: the database of users, tokens and sessions; None: the journal's where that is configured, else a
    file. ``session_idle``, ``session_lifetime``: seconds without a request, and in all, after which a browser
    signs in again. ``token_lifetime``: the longest that an API token may last, seconds. ``metrics``: who may
    read ``/metrics``: ``open`` anybody, ``viewer`` who may read all kinds; None: anybody on loopback.
    """

    mode: Literal["accounts", "open"] = "accounts"
    url: str | None = None
    admin_password: SecretStr | None = None
    admin_password_file: Path | None = None
    session_idle: Lifetime = 8 * 3600.0
    session_lifetime: Lifetime = 7 * 86400.0
    token_lifetime: Lifetime = 365 * 86400.0
    metrics: Literal["open", "viewer"] | None = None
    limits: Limits = Limits()
    oidc: Oidc | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        refuse(
            given_twice("access.admin_password", self.admin_password, self.admin_password_file),
            f"access.session_idle is {self.session_idle:g}, allowed: access.session_lifetime "
            f"({self.session_lifetime:g}) or less"
            if self.session_idle > self.session_lifetime
            else None,
        )
        return self

    def given_admin_password(self) -> str | None:
        """The first password of ``admin`` as configured, or None. Raises ConfigError for its file."""
        return revealed("access.admin_password", self.admin_password, self.admin_password_file)
