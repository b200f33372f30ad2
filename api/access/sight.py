"""What who asks may see, on routes that are about more than one kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from aiohttp import web

from api.access.keys import PRINCIPAL
from orchestrator.core.access import Role

Thing = TypeVar("Thing")


def sees(request: web.Request, kind: str) -> bool:
    """Whether who asks may read of the kind."""
    return request[PRINCIPAL].role_for(kind) >= Role.VIEWER


def seen(request: web.Request, things: Iterable[Thing], kind_of: Callable[[Thing], str]) -> tuple[Thing, ...]:
    """Those of kinds that who asks may read of."""
    return tuple(thing for thing in things if sees(request, kind_of(thing)))
