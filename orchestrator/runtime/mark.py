"""The mark that every process of ours carries in its environment: whose it is, and which instance."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote

from orchestrator.runtime.places import Key

VARIABLE = "SHARDWRIGHT_INSTANCE"


@dataclass(frozen=True, slots=True)
class Mark:
    """``cluster``: the installation, so that two on one machine never touch each other's processes."""

    cluster: str
    kind: str
    shard: int
    incarnation: int

    @property
    def key(self) -> Key:
        return self.kind, self.shard

    def __str__(self) -> str:
        names = quote(self.cluster, safe=""), quote(self.kind, safe="")
        return "/".join((*names, str(self.shard), str(self.incarnation)))


def parse(text: str) -> Mark | None:
    """The mark that a text is, None when it is none."""
    parts = text.split("/")
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() for part in parts[2:]):
        return None
    return Mark(unquote(parts[0]), unquote(parts[1]), int(parts[2]), int(parts[3]))
