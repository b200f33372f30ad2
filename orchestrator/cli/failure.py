"""How a command ends when it did not do what was asked: an exit code and a few lines, never a traceback."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from enum import IntEnum
from types import TracebackType

from orchestrator.core.printable import printable
from shardwright_client import ClientError, Misused, NotAllowed, Refused, Unavailable, Unexpected


class Exit(IntEnum):
    """Exit codes (130 is interrupted)."""

    OK = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    UNAVAILABLE = 4


REFUSALS = frozenset({401, 403, 409, 412, 422, 428})
"""Statuses of what the server will not do: the limit, the state, the role."""


class Failure(Exception):
    """The command ends with ``code`` after saying why on standard error."""

    def __init__(self, code: Exit, title: str, detail: str = "", reasons: Sequence[str] = ()) -> None:
        super().__init__(title)
        self.code = code
        self.title = title
        self.detail = detail
        self.reasons = tuple(reasons)

    def lines(self) -> list[str]:
        """What to tell: the title with the detail, then a line a reason."""
        first = f"{self.title}: {self.detail}" if self.detail else self.title
        return [*first.splitlines(), *(f"  - {reason}" for reason in self.reasons)]


def failure_of(error: ClientError) -> Failure:
    """What the client could not do, as the end of a command."""
    reasons = list(getattr(error, "reasons", ()))
    match error:
        case Misused():
            code = Exit.USAGE
        case Unavailable():
            code = Exit.UNAVAILABLE
            if error.status is None and error.title.startswith("no server answers"):
                reasons += ["start one with: shardwright run", "or name another one with --server URL"]
        case Refused():
            code = Exit.REFUSED if error.status in REFUSALS else Exit.FAILED
            if isinstance(error, NotAllowed) and error.status == 401:
                reasons.append("sign in with: shardwright login")
        case Unexpected():
            code = Exit.UNAVAILABLE if error.status is None else Exit.FAILED
        case _:
            code = Exit.FAILED
    return Failure(code, error.title, error.detail, reasons)


def tell(*lines: str) -> None:
    """Say something that is not data: on standard error, harmless to a terminal."""
    for line in lines:
        sys.stderr.write(printable(line) + "\n")


def tell_bug(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """The ``sys.excepthook`` of the command line: an error that nobody foresaw, on one line."""
    if os.environ.get("SHARDWRIGHT_DEBUG"):
        sys.__excepthook__(kind, error, trace)
        return
    said = " ".join(str(error).split())
    tell(f"shardwright failed unexpectedly: {kind.__name__}: {said}; set SHARDWRIGHT_DEBUG=1 to see where")
