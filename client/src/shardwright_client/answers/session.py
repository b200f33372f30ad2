"""Who is signed in."""

from __future__ import annotations

from typing import TypedDict


class Session(TypedDict):
    """``name`` null: nobody is signed in. ``role``: for what belongs to no kind; ``kinds``: role by kind.

    ``csrf``: what a change by cookie sends as ``X-Shardwright-Csrf``; null where there is no such session.
    ``expiresAt``: seconds of the epoch. ``signIn``: with what one can sign in.
    """

    mode: str
    name: str | None
    source: str | None
    role: str
    kinds: dict[str, str]
    csrf: str | None
    expiresAt: float | None
    signIn: list[str]
