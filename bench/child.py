"""A measurement in a process of its own, so that none inherits the memory or the threads of another.

``python -m bench.child MODULE FUNCTION`` reads the arguments as JSON from standard input and prints
the answer as JSON.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
from typing import Any

DEADLINE_S = 180.0


class BrokenError(Exception):
    """A measurement ended without a figure."""


def measured(
    module: str, function: str, *, deadline_s: float = DEADLINE_S, **arguments: Any
) -> dict[str, Any]:
    """Call a function of ``bench`` in a new process. Raises BrokenError when it fails or takes too long."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.child", module, function],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        out, _ = process.communicate(json.dumps(arguments), timeout=deadline_s)
    except subprocess.TimeoutExpired:
        raise BrokenError(f"{module}.{function} took more than {deadline_s:g} s") from None
    finally:
        _end(process)
    if process.returncode != 0 or not out.strip():
        raise BrokenError(f"{module}.{function} failed with {process.returncode}")
    answer: dict[str, Any] = json.loads(out.strip().splitlines()[-1])
    return answer


def _end(process: subprocess.Popen[str]) -> None:
    """Whatever is left of it, the processes that it started among them."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    finally:
        process.wait()


def main() -> None:
    module, function = sys.argv[1:3]
    arguments = json.load(sys.stdin)
    answer = getattr(importlib.import_module(module), function)(**arguments)
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
