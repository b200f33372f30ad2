"""A worker made by hand: it speaks the exchange as docs/worker-protocol.md says, or as it likes."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from tests.product.product import Product
from tests.product.server import Answer


class HandWorker:
    def __init__(self, product: Product, kind: str, shard: int, incarnation: int) -> None:
        self.product = product
        self.kind, self.shard, self.incarnation = kind, shard, incarnation

    @property
    def token(self) -> str:
        key = bytes.fromhex((self.product.data / "worker-key").read_text("ascii").strip())
        message = f"{self.kind}\0{self.shard}\0{self.incarnation}".encode()
        return hmac.new(key, message, hashlib.sha256).hexdigest()

    def send(self, body: object, *, token: str | None = None, timeout: float = 60.0) -> Answer:
        return self.product.call(
            "POST",
            f"/v1/worker/{self.kind}/{self.shard}/sync",
            body,
            headers={"Authorization": f"Bearer {self.token if token is None else token}"},
            timeout=timeout,
        )

    def beat(self, generation: int = -1, **more: Any) -> Answer:
        said = {"incarnation": self.incarnation, "generation": generation, "pending": [], "load": {}}
        return self.send(said | more)
