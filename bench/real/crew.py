"""Workers of the SDK, many in a process: each exchanges over HTTP and keeps a ledger, as a real one does.

``python -m bench.real.crew`` starts a worker for each line of standard input, a JSON object with the
environment of its instance.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from orchestrator.ports import InstanceSpec
from shardwright_worker import Worker
from shardwright_worker.identity import Identity
from shardwright_worker.ledger import Ledger

PROCESSES = 4
THREADS = 1


class Crews:
    """A ``World`` of the runtime in memory: each instance is a worker in one of a few processes."""

    def __init__(self, ledger: Path) -> None:
        self.engine: Any = None
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-m", "bench.real.crew", str(ledger)], stdin=subprocess.PIPE, text=True
            )
            for _ in range(PROCESSES)
        ]

    def on_running(self, spec: InstanceSpec) -> None:
        process = self._processes[spec.shard % PROCESSES]
        assert process.stdin is not None
        process.stdin.write(json.dumps(dict(spec.environment)) + "\n")
        process.stdin.flush()

    def on_asked_to_stop(self, spec: InstanceSpec) -> bool:
        return False

    def on_ended(self, spec: InstanceSpec) -> None:
        """Nothing: no worker is to end before the measurement does."""

    @property
    def ended(self) -> bool:
        """Whether a process has gone, and with it its workers."""
        return any(process.poll() is not None for process in self._processes)

    async def close(self) -> None:
        for process in self._processes:
            process.kill()
        await asyncio.gather(*(asyncio.to_thread(process.wait) for process in self._processes))


def main(arguments: Sequence[str]) -> None:
    ledger = Path(arguments[0])
    for line in sys.stdin:
        identity = Identity.from_environment(json.loads(line))
        threading.Thread(target=_serve, args=(identity, ledger), daemon=True).start()


def _serve(identity: Identity, folder: Path) -> None:
    ledger = Ledger(folder, identity)
    ledger.write("start")

    def acquire(id: str, token: Any) -> None:
        ledger.write("acquire", id, token)

    def release(id: str) -> None:
        ledger.write("release", id)

    Worker(acquire, release, identity=identity, threads=THREADS).run()


if __name__ == "__main__":
    main(sys.argv[1:])
