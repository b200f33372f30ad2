"""The public keys of an identity provider: kept for a while, asked for again when a token names another."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from orchestrator.errors import Unavailable

logger = logging.getLogger(__name__)
FRESH_S = 600.0
"""For so long a key that the provider has withdrawn still counts, while it answers."""

STALE_S = 24 * 3600.0
"""For so long the keys count while it does not answer."""

AGAIN_S = 10.0
"""Between two questions: whoever makes up key ids shall not have us ask for each."""

MOST_KEYS = 100
KTYS = ("RSA", "EC", "OKP")

Jwk = Mapping[str, Any]
"""A key as the provider writes it (RFC 7517)."""


class Keys:
    """``ask``: the document with the keys (JWKS), raises Unavailable. ``monotonic``: seconds."""

    def __init__(
        self, ask: Callable[[], Awaitable[Mapping[str, Any]]], *, monotonic: Callable[[], float]
    ) -> None:
        self._ask = ask
        self._monotonic = monotonic
        self._keys: Sequence[Jwk] = ()
        self._at: float | None = None
        self._asked: float | None = None
        self._failure = ""
        self._asking = asyncio.Lock()
        self._renewal: asyncio.Task[None] | None = None

    async def named(self, kid: str | None) -> Sequence[Jwk]:
        """Those that may have signed a token with this key id; without one, all.

        Raises Unavailable where it does not answer and may have such a key.
        """
        if not self._of(kid):
            await self._renew()
        elif self._age() > FRESH_S and (self._renewal is None or self._renewal.done()):
            # Who comes with a key that is known does not wait for it.
            self._renewal = asyncio.create_task(self._renew())
        found = self._of(kid)
        if not found and self._failure:
            raise Unavailable(f"the keys of the identity provider are not known: {self._failure}")
        return found

    def _of(self, kid: str | None) -> list[Jwk]:
        if self._age() > STALE_S:
            return []
        return [key for key in self._keys if kid is None or key.get("kid") == kid]

    def _age(self) -> float:
        return float("inf") if self._at is None else self._monotonic() - self._at

    async def _renew(self) -> None:
        asked = self._asked
        async with self._asking:
            if self._asked != asked or (asked is not None and self._monotonic() - asked < AGAIN_S):
                return
            try:
                self._keys = _usable(await self._ask())
                self._at, self._failure = self._monotonic(), ""
            except Unavailable as error:
                logger.warning("the keys of the identity provider could not be had: %s", error)
                self._failure = str(error)
            finally:
                self._asked = self._monotonic()


def _usable(document: Mapping[str, Any]) -> list[Jwk]:
    """Raises Unavailable for what holds no key at all: an empty set would turn everybody away."""
    listed = document.get("keys")
    found = [one for one in listed if _is_usable(one)] if isinstance(listed, list) else []
    if not found:
        raise Unavailable("its document of keys holds none that can be used")
    return found[:MOST_KEYS]


def _is_usable(one: object) -> bool:
    # A key of ours to sign with, or one that is shared (oct), is none that proves who signed.
    return (
        isinstance(one, dict) and one.get("use", "sig") == "sig" and one.get("kty") in KTYS and "d" not in one
    )
