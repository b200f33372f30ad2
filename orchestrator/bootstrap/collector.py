"""The garbage collector, set for a server whose loop must not stand still."""

from __future__ import annotations

import gc

THRESHOLDS = (100_000, 20, 100)
"""Objects made since the last collection of the young, such collections between two of the middle-aged,
and such between two of all. A collection holds every thread, and the first that meets the index and the
listing of 500,000 ids walks all of them, for 45 ms and more; to plan and commit that many makes some
40,000 objects, so that with these thresholds none falls into it. Strings in tuples are not walked."""


def calm_collector() -> None:
    """Have what exists by now (modules, routes, statements) never looked at again; collect rarely."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
