"""What somebody was given: a role, for one kind or for all of them and for the server itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from orchestrator.core.access.role import GRANTED, Role


@dataclass(frozen=True, slots=True)
class Grant:
    """``kind`` None: every kind, and what belongs to none."""

    role: Role
    kind: str | None = None

    def __str__(self) -> str:
        return self.role.label if self.kind is None else f"{self.role.label}:{self.kind}"


def role_of(grants: Iterable[Grant], kind: str | None) -> Role:
    """The highest role that the grants give for a kind; None: for what belongs to no kind."""
    return max((grant.role for grant in grants if grant.kind in (None, kind)), default=Role.NOBODY)


def both(one: Sequence[Grant], other: Sequence[Grant]) -> tuple[Grant, ...]:
    """What the two have in common: for no kind more than either gives."""
    kinds = dict.fromkeys([None, *(grant.kind for grant in (*one, *other))])
    shared = (Grant(min(role_of(one, kind), role_of(other, kind)), kind) for kind in kinds)
    return simplified(grant for grant in shared if grant.role)


def covers(held: Sequence[Grant], wanted: Iterable[Grant]) -> bool:
    """Whether who holds the ones may give the others away."""
    return all(role_of(held, grant.kind) >= grant.role for grant in wanted)


def simplified(grants: Iterable[Grant]) -> tuple[Grant, ...]:
    """The same without those that another one includes, ordered by kind."""
    highest: dict[str | None, Role] = {}
    for grant in grants:
        highest[grant.kind] = max(grant.role, highest.get(grant.kind, Role.NOBODY))
    general = highest.get(None, Role.NOBODY)
    kept = (Grant(role, kind) for kind, role in highest.items() if kind is None or role > general)
    return tuple(sorted((grant for grant in kept if grant.role), key=lambda grant: grant.kind or ""))


def parsed(text: str) -> Grant:
    """The grant that ``viewer`` or ``operator:Thing`` writes. Raises ValueError with what is allowed."""
    label, colon, kind = text.partition(":")
    role = GRANTED.get(label)
    if role is None or (colon and not kind):
        allowed = ", ".join(GRANTED)
        raise ValueError(
            f"{text[:80]!r} is no grant; allowed: {allowed}, each alone or with a kind (viewer:Thing)"
        )
    return Grant(role, kind or None)
