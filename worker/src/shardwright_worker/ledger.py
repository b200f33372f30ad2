"""What a reference worker writes down: one JSON line for everything that it begins or ends to hold."""

import json
import os
import threading
from pathlib import Path

from .clock import boottime_ns
from .identity import Identity
from .protocol import Token


class Ledger:
    """An append-only file ``{kind}-{shard}-{incarnation}-{pid}.jsonl``.

    One write to the kernel a line, nothing buffered in the process: what is written survives ``kill -9``.
    """

    def __init__(self, directory: Path, identity: Identity) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        name = f"{identity.kind}-{identity.shard}-{identity.incarnation}-{os.getpid()}.jsonl"
        self._incarnation = identity.incarnation
        self._file = os.open(directory / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        self._lock = threading.Lock()

    def write(self, verb: str, id: str | None = None, token: Token | None = None) -> None:
        """Append one line. ``at`` is taken under the lock, so that the lines of a file are in its order."""
        line: dict[str, object] = {"at": 0, "verb": verb, "incarnation": self._incarnation}
        if id is not None:
            line["id"] = id
        if token is not None:
            line["commit"] = token.commit
        with self._lock:
            line["at"] = boottime_ns()
            os.write(self._file, json.dumps(line).encode() + b"\n")
