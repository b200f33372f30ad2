"""What an answer of ZooKeeper means to a caller: nothing certain, refused, or never."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kazoo.exceptions import (
    AuthFailedError,
    BadVersionError,
    ConnectionClosedError,
    ConnectionLoss,
    KazooException,
    NoAuthError,
    NodeExistsError,
    NoNodeError,
    NotEmptyError,
    OperationTimeoutError,
    QuotaExceededError,
    RequestTimeoutError,
    RolledBackError,
    RuntimeInconsistency,
    SessionExpiredError,
    SessionMovedError,
    ThrottledOpError,
)

from orchestrator.errors import Permanent, Unavailable

UNCERTAIN = (
    AuthFailedError,
    ConnectionClosedError,
    ConnectionLoss,
    OperationTimeoutError,
    RequestTimeoutError,
    SessionExpiredError,
    SessionMovedError,
)
"""With these a call may have been done or not."""

TELLING = (BadVersionError, NodeExistsError, NoNodeError, NotEmptyError)
"""These say what is there; nothing was done."""


class NoReplyError(Unavailable):
    """A call was sent and not answered: it may have been done, may be done later, or never."""


def refused_at(results: Sequence[Any]) -> tuple[int, Exception] | None:
    """Which operation of a transaction was refused, and how; None when all were done.

    kazoo raises nothing for a refused transaction: the errors stand in the list of results, that of
    the refused operation among those of the operations that were undone or not tried with it.
    """
    errors = [(index, result) for index, result in enumerate(results) if isinstance(result, Exception)]
    for index, error in errors:
        if not isinstance(error, (RolledBackError, RuntimeInconsistency)):
            return index, error
    return errors[0] if errors else None


def explained(error: KazooException, what: str) -> Unavailable | Permanent:
    """An error in our terms that is no conflict; ``what`` names the path or the call."""
    if isinstance(error, NoAuthError):
        return Permanent(f"ZooKeeper does not let us use {what} (no authorization)")
    if isinstance(error, QuotaExceededError):
        return Permanent(f"ZooKeeper refuses {what}: the quota is used up")
    if isinstance(error, ThrottledOpError):
        return Unavailable(f"ZooKeeper has too much to do for {what}")
    return Permanent(f"ZooKeeper refuses {what}: {type(error).__name__} {error}".rstrip())
