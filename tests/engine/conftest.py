"""Every test here runs in virtual time, in a world of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from tests.simulation.loop import VirtualLoop
from tests.simulation.world import World, WorldSettings

SEED = 24

MakeWorld = Callable[..., World]


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"virtual": lambda: VirtualLoop(SEED)}


@pytest.fixture
async def make_world() -> AsyncIterator[MakeWorld]:
    """Makes a world from settings; it is closed, and what its checker found raised, after the test."""
    worlds: list[World] = []

    def make(**settings: object) -> World:
        world = World(WorldSettings(**settings), SEED)  # type: ignore[arg-type]
        worlds.append(world)
        return world

    yield make
    for world in worlds:
        await world.close()


@pytest.fixture
async def world(make_world: MakeWorld) -> World:
    return make_world()
