"""What was answered to requests that brought a key, so that none of them is carried out twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

KEPT_S = 24 * 3600.0
"""How long a key is remembered."""

MOST_KEYS = 5_000
"""Of one principal; the oldest go first."""

MOST_BODY_BYTES = 1024 * 1024
"""Of an answer; of a longer one only its status is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """``body`` None: it was too long to be kept, or holds a secret that is shown once."""

    status: int
    media_type: str = ""
    tag: str = ""
    body: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A request that was begun under a key. ``digest``: of all that it asked; ``at``: seconds of the epoch.

    ``by``: the server process that took it. ``answer`` None: none is known yet, and none ever will be
    where that process has ended.
    """

    digest: str
    at: float
    by: str
    answer: KeptAnswer | None = None


class Idempotency(Protocol):
    """Keys of one principal are apart from those of all others. All raise Unavailable and Permanent.

    A key is remembered for ``KEPT_S``, and as long as its principal has no ``MOST_KEYS`` newer ones.
    """

    async def begin(self, principal: str, key: str, begun: Begun) -> Begun | None:
        """Note that a request is begun. Not None: what stands under this key already; nothing is noted."""

    async def finish(self, principal: str, key: str, answer: KeptAnswer) -> None:
        """What was answered. An answer to a key that stands no more is let go."""

    async def abandon(self, principal: str, key: str) -> None:
        """Nothing was carried out: the key may be used again."""
