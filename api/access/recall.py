"""Who was behind a credential a moment ago, so that not every request asks the database."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from orchestrator.core.access import Principal
from orchestrator.errors import Unavailable

logger = logging.getLogger(__name__)
FRESH_S = 2.0
"""For so long a change made through another replica may go unseen."""

AGAIN_S = 5.0
"""So often the database is asked of somebody while it does not answer; the others do not wait for it."""

GRACE_S = 300.0
"""For so long who was let in stays so while the database does not answer."""

MOST = 4096


@dataclass(slots=True)
class _Seen:
    """``failed``: when it was last asked for in vain, or began to be asked for again."""

    principal: Principal
    at: float
    failed: float | None = None


class Recall:
    """By digests of credentials, of the last ``MOST`` that counted."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._seen: dict[bytes, _Seen] = {}
        self._era = 0

    def fresh(self, key: bytes) -> Principal | None:
        seen = self._seen.get(key)
        return seen.principal if seen is not None and self._monotonic() - seen.at < FRESH_S else None

    def clear(self) -> None:
        self._seen.clear()
        self._era += 1

    async def of(self, key: bytes, ask: Callable[[], Awaitable[Principal | None]]) -> Principal | None:
        """Raises Unavailable where it is not known any more."""
        known = self.fresh(key)
        if known is not None:
            return known
        asked_at, era = self._monotonic(), self._era
        seen = self._seen.get(key)
        if seen is not None and seen.failed is not None and asked_at - seen.at < GRACE_S:
            if asked_at - seen.failed < AGAIN_S:
                return seen.principal
            seen.failed = asked_at
        try:
            principal = await ask()
        except Unavailable as away:
            seen = self._seen.get(key)
            if seen is None or asked_at - seen.at >= GRACE_S:
                raise
            seen.failed = self._monotonic()
            logger.warning("%s stays let in: %s", seen.principal.name, away)
            return seen.principal
        self._seen.pop(key, None)
        # An answer from before a change would outlive it.
        if principal is not None and era == self._era:
            if len(self._seen) >= MOST:
                self._seen.pop(next(iter(self._seen)))
            self._seen[key] = _Seen(principal, asked_at)
        return principal
