"""One run of an orchestrator process, as the rest of the world meets it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from orchestrator.errors import Unavailable
from tests.simulation.story import Story
from tests.simulation.weather import Weather

Answer = TypeVar("Answer")


class Process:
    """One run of an orchestrator process. Dead, it reaches nothing any more.

    ``fall``: ends it where it stands. ``in_office``: it believes that it leads; ``may_act``: it cannot be
    wrong about that yet. ``doubted``: by kind, the version of the office under which a commit was ambiguous.
    """

    def __init__(self, label: str, weather: Weather, story: Story) -> None:
        self.label = label
        self.weather = weather
        self.story = story
        self.dead = False
        self.cut_off: set[str] = set()
        self.fall: Callable[[], None] = lambda: None
        self.may_act: Callable[[], bool] = lambda: True
        self.in_office: Callable[[], bool] = lambda: False
        self.doubted: dict[str, int] = {}

    async def ask(self, dependency: str, work: Callable[[], Awaitable[Answer]]) -> Answer:
        self._require_life()
        await self.weather.delay()
        self._require_life()
        self._perhaps_fall(f"before a call to the {dependency}")
        self.weather.refuse(dependency)
        if dependency in self.cut_off:
            raise Unavailable(f"{self.label} cannot reach the {dependency}")
        answer = await work()
        self._perhaps_fall(f"after a call to the {dependency}")
        await self.weather.delay()
        self._require_life()
        return answer

    def _perhaps_fall(self, when: str) -> None:
        if self.weather.happens(self.weather.crash_at_call):
            self.story.meet("crash at a call")
            self.story.tell(self.label, f"falls {when}")
            self.fall()
            self._require_life()

    def _require_life(self) -> None:
        if self.dead:
            raise Unavailable(f"{self.label} is dead")
