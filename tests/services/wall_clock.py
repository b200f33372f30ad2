"""The wall clock of single processes, stepped as a time server steps that of a machine.

A library of ours, built where it is needed: libfaketime 0.9.10, Debian's, has ``time.sleep`` of Python 3.11
raise EINVAL once the monotonic clocks are to be left alone.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

SOURCE = Path(__file__).with_suffix(".c")
SECOND_NS = 10**9
BYTES = 8


def absent() -> str | None:
    """Why no clock can be stepped here; None when one can."""
    if shutil.which("cc") is None or not Path("/usr/include/time.h").exists():
        return "there is no C compiler with its headers (Debian: apt-get install gcc libc6-dev)"
    return None


def build(folder: Path) -> Path:
    """The library, in this folder. Raises RuntimeError with what the compiler said."""
    library = folder / "wall_clock.so"
    words = ["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    done = subprocess.run(
        [*words, "-o", str(library), str(SOURCE), "-ldl"], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"{SOURCE.name} was not built: {done.stderr}")
    return library


class WallClock:
    """The wall clock of whatever is started with its ``environment``; that of the machine until it is set.

    No other clock of theirs is touched, and what they start themselves with an environment of its own has the
    machine's clock. ``library``: what ``build`` made; ``file``: where the shift is kept.
    """

    def __init__(self, library: Path, file: Path) -> None:
        self._library, self._file = library, file
        file.write_bytes(bytes(BYTES))

    @property
    def environment(self) -> Mapping[str, str]:
        return {"LD_PRELOAD": str(self._library), "WALL_CLOCK_FILE": str(self._file)}

    def is_of(self, pid: int) -> bool:
        """Whether the process goes by this clock. Raises OSError where there is no such process."""
        shared = Path("/proc", str(pid), "maps").read_text()
        return str(self._file) in shared and str(self._library) in shared

    def set(self, ahead: float) -> None:
        """Have it be ``ahead`` of the machine's by so many seconds, from now on; 0 undoes it."""
        with self._file.open("r+b", buffering=0) as file:
            file.write(round(ahead * SECOND_NS).to_bytes(BYTES, "little", signed=True))
