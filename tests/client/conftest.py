"""The client in front of the real routes, which stand before the double of the facade."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.api.conftest import Serve, Served, facade, serve

__all__ = ["facade", "serve"]

Ask = Callable[..., Any]


@pytest.fixture
async def served(serve: Serve) -> Served:
    return await serve()


async def asked(call: Callable[..., Any], *given: Any, **named: Any) -> Any:
    """What a call of the client gives: it waits, so it does so in a thread."""
    return await asyncio.to_thread(call, *given, **named)
