"""The end of a log file."""

from __future__ import annotations

from pathlib import Path

MAX_LINE = 8 * 1024
"""Bytes of a line that are shown."""

MAX_READ = 8 * 1024 * 1024
"""Bytes of a file that are read at most, whatever number of lines is asked for."""


def tail(path: Path, lines: int) -> list[str]:
    """The last lines, oldest first, each cut at ``MAX_LINE`` bytes. None written: empty. Raises OSError."""
    if lines <= 0:
        return []
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            block = 64 * 1024
            while True:
                begin = max(0, size - block)
                file.seek(begin)
                data = file.read(size - begin)
                if begin == 0 or data.count(b"\n") > lines or block >= MAX_READ:
                    break
                block *= 4
    except FileNotFoundError:
        return []
    return [
        line[:MAX_LINE].decode(errors="replace")
        for line in data.removesuffix(b"\n").split(b"\n")[-lines:]
        if data
    ]
