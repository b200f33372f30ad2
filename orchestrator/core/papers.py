"""Named documents of a kind beside its shards: what people wish of it, and plans they have yet to apply.

A paper is written in the transactions of its kind, so it agrees with the commit that it was written in.
What is in it is the business of whoever owns the name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

MAX_PAPER_BYTES = 200 * 1024
MAX_PAPERS = 300
"""Of one kind: they are read with it."""

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """``version`` is that of the stored document: 0 when new, one more with each write."""

    name: str
    body: bytes
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperChange:
    """A paper before and after a transaction; ``before`` None: new, ``after`` None: removed."""

    before: Paper | None
    after: Paper | None

    @property
    def name(self) -> str:
        paper = self.after if self.after is not None else self.before
        assert paper is not None
        return paper.name


def is_paper_name(name: str) -> bool:
    """Whether a paper may be called so: small letters, digits, dots and dashes, at most 64 of them."""
    return _NAME.fullmatch(name) is not None


def require_paper(name: str, body: bytes, others: Mapping[str, Paper]) -> None:
    """Raises ValueError, a sentence, for a name or a size that is not allowed, or one paper too many."""
    if not is_paper_name(name):
        raise ValueError(
            f"{name!r} is no name of a paper: small letters, digits, dots and dashes, at most 64"
        )
    if len(body) > MAX_PAPER_BYTES:
        raise ValueError(f"the paper {name} has {len(body)} bytes, at most {MAX_PAPER_BYTES} are allowed")
    if name not in others and len(others) >= MAX_PAPERS:
        raise ValueError(f"the kind has {len(others)} papers, at most {MAX_PAPERS} are allowed")
