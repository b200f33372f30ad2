"""The API of Shardwright from Python; the standard library only.

``Client`` is imported when it is first asked for: HTTP and TLS take a while to import.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from shardwright_client.errors import (
    ClientError,
    Misused,
    NotAllowed,
    NotFound,
    Refused,
    Unavailable,
    Unexpected,
)

if TYPE_CHECKING:
    from shardwright_client.client import Client as Client
    from shardwright_client.retry import NO_RETRY as NO_RETRY
    from shardwright_client.retry import Retry as Retry
    from shardwright_client.sse import Item as Item

__all__ = [
    "NO_RETRY",
    "Client",
    "ClientError",
    "Item",
    "Misused",
    "NotAllowed",
    "NotFound",
    "Refused",
    "Retry",
    "Unavailable",
    "Unexpected",
]

_LATE = {"Client": "client", "NO_RETRY": "retry", "Retry": "retry", "Item": "sse"}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATE[name]}"), name)
