"""Secrets that are shown once and kept as digests: API tokens, and the cookies of sessions."""

from __future__ import annotations

import hashlib
import re
import secrets
import string
from dataclasses import dataclass

_PATTERN = re.compile(r"swt_([0-9a-z]{12})_([0-9a-f]{64})", re.ASCII)
_LETTERS = string.digits + string.ascii_lowercase


@dataclass(frozen=True, slots=True)
class TokenParts:
    id: str
    secret: str

    def __str__(self) -> str:
        return f"swt_{self.id}_{self.secret}"


def new_token() -> TokenParts:
    return TokenParts("".join(secrets.choice(_LETTERS) for _ in range(12)), secrets.token_hex(32))


def parts_of(text: str) -> TokenParts | None:
    """None where it is no token of ours."""
    found = _PATTERN.fullmatch(text)
    return None if found is None else TokenParts(found[1], found[2])


def new_cookie() -> str:
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """Secrets of ours are 256 bits of chance: a fast digest is enough, nobody can try them all."""
    return hashlib.sha256(secret.encode()).hexdigest()
