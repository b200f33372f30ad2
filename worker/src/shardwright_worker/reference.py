"""``python -m shardwright_worker.reference``: a worker that only keeps a ledger of what it holds."""

import json
import os
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from .ending import Exit
from .identity import Identity, InvalidIdentity
from .ledger import Ledger
from .protocol import Token
from .worker import Worker

_ALIVE_EVERY = 0.2


class Reference:
    """The two callbacks. An id counts as served from the begin of its acquire to the end of its release."""

    def __init__(self, ledger: Ledger | None, environment: Mapping[str, str]) -> None:
        self._ledger = ledger
        self._acquire_delay = float(environment.get("SHARDWRIGHT_TEST_ACQUIRE_DELAY") or 0)
        self._release_delay = float(environment.get("SHARDWRIGHT_TEST_RELEASE_DELAY") or 0)
        self._held: set[str] = set()
        self._weighed = environment.get("SHARDWRIGHT_TEST_WEIGHT_FILE") or None
        self._said = environment.get("SHARDWRIGHT_TEST_LOAD_FILE") or None
        self._hangs = environment.get("SHARDWRIGHT_TEST_HANG_RELEASE") or None
        self._crashes = environment.get("SHARDWRIGHT_TEST_CRASH_ON") or None

    def acquire(self, id: str, token: Token) -> None:
        """Begin to serve."""
        self._held.add(id)
        self._write("acquire", id, token)
        if self._crashes is not None and id.startswith(self._crashes):
            os._exit(1)
        if self._acquire_delay > 0:
            time.sleep(self._acquire_delay)

    def release(self, id: str) -> None:
        """End to serve."""
        if self._hangs is not None and id.startswith(self._hangs):
            threading.Event().wait()
        if self._release_delay > 0:
            time.sleep(self._release_delay)
        self._write("release", id)
        self._held.discard(id)

    def load(self) -> dict[str, float]:
        """The figures of a JSON file, for each id held; somebody changes it while we run."""
        if self._said is None:
            return {}
        try:
            said = json.loads(Path(self._said).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {name: value * len(self._held) for name, value in said.items()}

    def weigh(self) -> dict[str, dict[str, float]]:
        """The weights that a JSON file gives to ids, of those held; somebody changes it while we run."""
        if self._weighed is None:
            return {}
        said = json.loads(Path(self._weighed).read_text(encoding="utf-8"))
        return {id: said[id] for id in list(self._held) if id in said}

    def live(self) -> None:
        """Write a sign of life, for ever: all that is acquired and not released is being served."""
        while True:
            time.sleep(_ALIVE_EVERY)
            self._write("alive")

    def _write(self, verb: str, id: str | None = None, token: Token | None = None) -> None:
        if self._ledger is not None:
            self._ledger.write(verb, id, token)


def main() -> int:
    """Run until told to stop; returns the exit code."""
    if os.environ.get("SHARDWRIGHT_TEST_CRASH_AT_START"):
        return 1
    try:
        identity = Identity.from_environment(os.environ)
    except InvalidIdentity as wrong:
        print(f"shardwright-worker: {wrong}", file=sys.stderr)
        return Exit.MISCONFIGURED.value
    directory = os.environ.get("SHARDWRIGHT_LEDGER_DIR")
    ledger = Ledger(Path(directory), identity) if directory else None
    reference = Reference(ledger, os.environ)
    if ledger is not None:
        ledger.write("start")
        threading.Thread(target=reference.live, name="ledger-alive", daemon=True).start()
    worker = Worker(
        reference.acquire,
        reference.release,
        identity=identity,
        load=reference.load,
        weigh=reference.weigh,
    )
    worker.run()
    if ledger is not None:
        ledger.write("end")
    return 0


if __name__ == "__main__":
    sys.exit(main())
