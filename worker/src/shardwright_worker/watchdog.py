"""The thread that ends the process when its lease is spent, whatever the other threads do."""

import threading
import time
from collections.abc import Callable

from .clock import boottime
from .ending import end
from .lease import Lease

# Timers stand still while the machine sleeps, the lease does not: look often, do not sleep until it ends.
_LOOK_EVERY = 0.1


class Watchdog:
    """Ends the process with the code of the lease's verdict, until ``stop``."""

    def __init__(self, lease: Lease, *, clock: Callable[[], float] = boottime) -> None:
        self._lease = lease
        self._clock = clock
        self._stopped = threading.Event()

    def start(self) -> None:
        """Begin to watch."""
        threading.Thread(target=self._run, name="shardwright-watchdog", daemon=True).start()

    def stop(self) -> None:
        """Watch no longer."""
        self._stopped.set()

    def _run(self) -> None:
        # Event.wait measures on a clock of its own, which is why nothing is concluded from how long it took.
        while not self._stopped.is_set():
            if (verdict := self._lease.verdict(self._clock())) is not None:
                end(*verdict)
            time.sleep(_LOOK_EVERY)
