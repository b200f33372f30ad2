"""The clock of leases and ledgers: it goes on while the machine sleeps, and all its processes share it."""

import time

# Elsewhere than on Linux the clock may stand still during a suspend: a lease then ends late on waking.
_ID: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def boottime() -> float:
    """Seconds since the machine started, sleep included."""
    return time.clock_gettime(_ID)


def boottime_ns() -> int:
    """Nanoseconds since the machine started, sleep included."""
    return time.clock_gettime_ns(_ID)
