"""Starts one process: its own session, its output to a file, the lock inherited."""

from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path

from orchestrator.runtime.command import Command, Refused

LOG_LIMIT = 10 * 1024 * 1024
"""A log larger than this is put aside when the next process starts; one older log is kept."""

TITLE = "--- "
"""Begins the line of a log at which another process took it up."""

_OUR_LACK = frozenset({errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.EINTR})


def spawn(command: Command, *, lock: int, log: Path, directory: Path, title: str) -> int:
    """Start it; returns its pid. ``title``: what its part of the log begins with.

    Raises Refused when this command can never be started, OSError when the machine lacks something.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    rotate(log)
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.write(output, f"{TITLE}{title}\n".encode())
        process = subprocess.Popen(
            command.arguments,
            env=command.environment,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=(lock,),
            start_new_session=True,
        )
    except ValueError as wrong:
        raise Refused(f"the command cannot be passed on: {wrong}") from wrong
    except OSError as wrong:
        if wrong.errno in _OUR_LACK:
            raise
        raise Refused(f"{command.arguments[0]}: {wrong.strerror}") from wrong
    finally:
        os.close(output)
    # It may outlive us, and we reap it by pid: to the library it must count as done, or it would warn.
    process.returncode = 0
    return process.pid


def rotate(log: Path) -> None:
    """Put a large log aside in place of the older one. Raises OSError."""
    try:
        large = log.stat().st_size > LOG_LIMIT
    except FileNotFoundError:
        return
    if large:
        log.replace(log.with_name(log.name + ".1"))
