"""Tokens of an identity provider (JWT): whole, of the right issuer, for us, and valid now."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jwt

from orchestrator.core.access import Principal
from orchestrator.errors import Unavailable
from orchestrator.identity.fetch import fetch, opener
from orchestrator.identity.keys import Jwk, Keys
from orchestrator.identity.provider import ALGORITHMS, Provider, grants_of
from orchestrator.tls import client_context

logger = logging.getLogger(__name__)
LONGEST = 8 * 1024
LONGEST_NAME = 200
DISCOVERY = "/.well-known/openid-configuration"
_TOLD_S = 60.0


_FAMILIES = {"RSA": ("RS", "PS"), "EC": ("ES",), "OKP": ("EdDSA",)}
"""Beginnings of the algorithms that a key of each type is for."""

_DECODER = jwt.PyJWT({"enforce_minimum_key_length": True})


class NotAccepted(Exception):
    """The token does not count; the text says why, for the log and nobody else."""


class OidcTokens:
    """``monotonic``: seconds; the hour of a token is judged by the wall clock of this machine.

    Raises Permanent where ``ca`` cannot be used, ValueError for an algorithm that is not one of ours.
    """

    def __init__(self, provider: Provider, *, monotonic: Callable[[], float]) -> None:
        strange = set(provider.algorithms) - set(ALGORITHMS)
        if strange or not provider.algorithms:
            raise ValueError(f"algorithms are {sorted(strange)}; allowed: {', '.join(ALGORITHMS)}")
        self._provider = provider
        self._keys_url = provider.keys_url
        self._opener = opener(client_context(provider.ca, None, None, None, check_hostname=True))
        self._keys = Keys(self._document, monotonic=monotonic)
        self._monotonic = monotonic
        self._told: dict[str, float] = {}

    async def principal(self, token: str) -> Principal | None:
        """Whose token it is; None where it does not count. Raises Unavailable where no keys are to be had."""
        try:
            claims = await self._claims(token)
        except NotAccepted as refused:
            self._tell(str(refused))
            return None
        name = claims.get(self._provider.name_claim)
        if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
            self._tell(f"its claim {self._provider.name_claim} is no name")
            return None
        # Of another kind than the names of our own accounts, so that nobody can take one of those.
        return Principal(f"oidc:{name}", "oidc", grants_of(claims, self._provider.rules))

    async def usable_keys(self) -> int:
        """How many keys the provider has for tokens of our algorithms. Raises Unavailable."""
        keys = await self._keys.named(None)
        return sum(any(_is_for(key, each) for each in self._provider.algorithms) for key in keys)

    async def _claims(self, token: str) -> Mapping[str, Any]:
        algorithm, kid = self._judged_head(token)
        keys = await self._keys.named(kid)
        if not keys:
            raise NotAccepted("the provider has no key of its key id")
        return self._verified(token, algorithm, keys)

    def _judged_head(self, token: str) -> tuple[str, str | None]:
        """The algorithm and the key id, before anybody is asked anything."""
        if len(token) > LONGEST:
            raise NotAccepted(f"it is longer than {LONGEST:,} characters")
        try:
            head = jwt.get_unverified_header(token)
        except (jwt.PyJWTError, ValueError, RecursionError) as strange:
            raise NotAccepted("it is no JWT") from strange
        algorithm = head.get("alg")
        if algorithm not in self._provider.algorithms:
            raise NotAccepted("its algorithm is not one of access.oidc.algorithms")
        kid = head.get("kid")
        if kid is not None and not isinstance(kid, str):
            raise NotAccepted("its key id is no text")
        return algorithm, kid

    def _verified(self, token: str, algorithm: str, keys: Sequence[Jwk]) -> Mapping[str, Any]:
        why = "no key of the provider is of its algorithm"
        for key in keys:
            if not _is_for(key, algorithm):
                continue
            try:
                claims: Mapping[str, Any] = _DECODER.decode(
                    token,
                    jwt.PyJWK(dict(key), algorithm),
                    algorithms=[algorithm],
                    audience=self._provider.audiences,
                    issuer=self._provider.issuer,
                    leeway=self._provider.leeway,
                    options={"require": ["exp", "iss", "aud"]},
                )
            except (jwt.PyJWTError, ValueError, TypeError, RecursionError, OverflowError) as refused:
                why = str(refused)
                continue
            return claims
        raise NotAccepted(why)

    async def _document(self) -> Mapping[str, Any]:
        return await asyncio.to_thread(self._fetched)

    def _fetched(self) -> Mapping[str, Any]:
        if self._keys_url is None:
            self._keys_url = self._discovered()
        return fetch(self._keys_url, self._opener, self._monotonic)

    def _discovered(self) -> str:
        where = self._provider.issuer.rstrip("/") + DISCOVERY
        found = fetch(where, self._opener, self._monotonic)
        if found.get("issuer") != self._provider.issuer:
            raise Unavailable(f"{where} is of another issuer")
        url = found.get("jwks_uri")
        secure = self._provider.issuer.startswith("https://")
        if not isinstance(url, str) or not url.startswith("https://" if secure else ("http://", "https://")):
            raise Unavailable(f"{where} names no address of keys that can be used")
        return url

    def _tell(self, why: str) -> None:
        now = self._monotonic()
        if now - self._told.get(why, -_TOLD_S) >= _TOLD_S and len(self._told) < 100:
            self._told[why] = now
            logger.warning("a bearer token was not accepted: %s", why)


def _is_for(key: Jwk, algorithm: str) -> bool:
    return key.get("alg", algorithm) == algorithm and algorithm.startswith(_FAMILIES[key["kty"]])
