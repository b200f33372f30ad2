"""Worker tokens: good for one shard and one incarnation of it (docs/worker-protocol.md)."""

from __future__ import annotations

import hashlib
import hmac


def worker_token(key: bytes, kind: str, shard: int, incarnation: int) -> str:
    message = f"{kind}\0{shard}\0{incarnation}".encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def token_fits(key: bytes, kind: str, shard: int, incarnation: int, token: str) -> bool:
    """Compare in constant time; a token that is not text of ours is just wrong."""
    expected = worker_token(key, kind, shard, incarnation)
    return hmac.compare_digest(expected.encode(), token.encode("utf-8", "replace"))
