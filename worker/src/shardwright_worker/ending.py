"""How a process ends itself at once: one line on stderr and an exit code that says why."""

import os
from enum import IntEnum
from typing import NoReturn


class Exit(IntEnum):
    """Exit codes; 0 is an orderly end."""

    MISCONFIGURED = 2
    SUPERSEDED = 3
    REFUSED = 4
    LEASE_LOST = 5
    AWAY = 6


def end(code: Exit, why: str) -> NoReturn:
    """End the process without releasing anything and without cleaning up.

    Not ``sys.exit``: that ends one thread, and all must stop, even those that hang in a callback.
    """
    try:
        os.write(2, f"shardwright-worker: {why} (exit {code.value})\n".encode())
    finally:
        os._exit(code.value)
