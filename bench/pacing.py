"""An open loop: when each event is due does not depend on how long the others took."""

from __future__ import annotations

import time
from collections.abc import Iterator


def paced(rate: float, count: int) -> Iterator[int]:
    """The numbers from 0, each given when it is due; what is late is given at once."""
    begun = time.perf_counter()
    for number in range(count):
        left = begun + number / rate - time.perf_counter()
        if left > 0:
            time.sleep(left)
        yield number
