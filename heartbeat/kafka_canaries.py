"""The canaries: what proves that a beat would have been heard, on every partition. Pure.

A canary is a record of ours that is ignored by whoever reads beats of his own kinds. Since a partition is
read in its order, a canary that comes back proves that all before it was read too; and whatever comes
after it was written after it was sent, whatever any clock says.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection

RESOURCE = "_shardwright.canary"
KEY = RESOURCE.encode()
MOST_OUTSTANDING = 10_000


class Canaries:
    """Those of one process. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._outstanding: dict[str, tuple[int, float]] = {}
        self._back: dict[int, float] = {}
        self._proven: float | None = None

    @property
    def proven(self) -> float | None:
        """When a beat on any partition would certainly have been heard; None: never yet. It never falls."""
        return self._proven

    def sent(self, token: str, partition: int, at: float) -> None:
        """``at``: before it was given away. ``token``: its name, known to nobody beforehand."""
        self._outstanding[token] = partition, at
        while len(self._outstanding) > MOST_OUTSTANDING:
            del self._outstanding[next(iter(self._outstanding))]

    def came_back(self, token: str, partition: int, partitions: Collection[int]) -> bool:
        """Whether it was one of ours; ``partitions``: all that there are."""
        if self._outstanding.get(token, (None,))[0] != partition:
            return False
        _, at = self._outstanding.pop(token)
        self._back[partition] = max(at, self.floor(partition))
        if all(one in self._back for one in partitions):
            oldest = min(self._back[one] for one in partitions)
            self._proven = oldest if self._proven is None else max(self._proven, oldest)
        return True

    def floor(self, partition: int) -> float:
        """What is read next from the partition was written after this moment."""
        return self._back.get(partition, -math.inf)

    def forget(self, partition: int) -> None:
        """The partition is read from an earlier place again: nothing is known of what comes next."""
        self._back.pop(partition, None)

    def silent(self, partitions: Collection[int], *, since: float) -> list[int]:
        """The partitions from which none sent after ``since`` has come back."""
        return [one for one in sorted(partitions) if self.floor(one) < since]


def encode(token: str, *, at: float) -> bytes:
    """The record's value, in the form of a beat of a kind that nobody has; ``at``: wall-clock seconds."""
    return json.dumps({"resource": RESOURCE, "instanceId": token, "Timestamp": str(int(at))}).encode()


def decode(value: bytes | None) -> str | None:
    """The token of a record that bears ``KEY``; None when it is none."""
    try:
        said = json.loads(value or b"")
    except (ValueError, RecursionError):
        return None
    token = said.get("instanceId") if isinstance(said, dict) else None
    return token if isinstance(token, str) else None
