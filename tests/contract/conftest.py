"""One arena for each adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.contract.arena import ARENAS, Arena


@pytest.fixture(params=ARENAS)
def arena_class(request: pytest.FixtureRequest) -> type[Arena]:
    return ARENAS[request.param]


@pytest.fixture
async def arena(arena_class: type[Arena]) -> AsyncIterator[Arena]:
    arena = arena_class()
    yield arena
    await arena.close()
