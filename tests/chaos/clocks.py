"""The wall clocks of a world that can be stepped."""

from __future__ import annotations

from pathlib import Path

from tests.services.wall_clock import WallClock, build


class Clocks:
    """One for each name that is asked for. Raises RuntimeError when the library cannot be built."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._library = build(folder)
        self._all: dict[str, WallClock] = {}

    def of(self, whose: str) -> WallClock:
        if whose not in self._all:
            self._all[whose] = WallClock(self._library, self._folder / f"clock-{whose}")
        return self._all[whose]

    def set_right(self) -> None:
        for clock in self._all.values():
            clock.set(0.0)
