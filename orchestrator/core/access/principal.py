"""Who asks, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.core.access.grant import Grant, role_of
from orchestrator.core.access.role import Role

SOURCES = ("password", "token", "oidc", "session", "open")
"""How somebody proved who they are; ``open``: nobody had to."""


@dataclass(frozen=True, slots=True)
class Principal:
    """``name``: for the journal and the audit trail; ``source``: one of ``SOURCES``, "" for nobody.

    ``account``: the user of ours that it is; None: somebody else vouches for them. ``token``: the id of the
    API token that they came with, now or when they signed in.
    """

    name: str
    source: str
    grants: tuple[Grant, ...] = ()
    account: str | None = None
    token: str | None = None

    def role_for(self, kind: str | None) -> Role:
        """The role for a kind; None: for what belongs to no kind."""
        return role_of(self.grants, kind)

    @property
    def highest(self) -> Role:
        """The role for the kind of which it is the highest."""
        return max((grant.role for grant in self.grants), default=Role.NOBODY)


NOBODY = Principal("", "")
ANONYMOUS = Principal("anonymous", "open", (Grant(Role.ADMIN),))
"""Whoever asks a server that is open."""
