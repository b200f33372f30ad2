"""What a server that is not in office knows of who is, from its own campaign."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from orchestrator.engine.answers import Standing
from orchestrator.errors import Unavailable
from orchestrator.ports import Clock, Held

NEWS_WITHIN_S = 5.0
"""A campaign that had no answer for so long says nothing of who leads now."""


class Lookout:
    """``since``: wall-clock seconds since when this server leads, or follows the same leader.

    ``own_url``: where the others reach this one. ``unfit``: why this program could not take office even when
    it is free; empty: it could.
    """

    def __init__(self, clock: Clock, own_url: Callable[[], str]) -> None:
        self._clock = clock
        self._own_url = own_url
        self._held: Held | None = None
        self._heard_at: float | None = None
        self._turned = asyncio.Event()
        self.trouble = "the store was not asked yet"
        self.unfit = ""
        self.since = clock.wall()

    @property
    def is_informed(self) -> bool:
        """Whether the store answered lately: who leads is known, or that nobody does."""
        return self._heard_at is not None and self._clock.monotonic() - self._heard_at < NEWS_WITHIN_S

    @property
    def heard_age(self) -> float | None:
        """Seconds since the store last said who leads."""
        return None if self._heard_at is None else self._clock.monotonic() - self._heard_at

    def heard(self, answer: Held | Unavailable) -> None:
        """The campaign's answer. Without one the leader that was known may lead on."""
        if isinstance(answer, Unavailable):
            self.trouble = str(answer)
            return
        self.trouble = ""
        self._heard_at = self._clock.monotonic()
        self.unfit = answer.unfit
        held = answer if answer.holder else None
        if held != self._held:
            self._held = held
            self.change()

    def forget(self) -> None:
        """This server takes office, or has lost it."""
        self._held = self._heard_at = None
        self.trouble, self.unfit = "the store was not asked yet", ""
        self.change()

    def change(self) -> None:
        """Tell those who wait for a turn."""
        self.since = self._clock.wall()
        turned, self._turned = self._turned, asyncio.Event()
        turned.set()

    async def turn(self) -> None:
        """Return at the next change of who leads."""
        await self._turned.wait()

    def standing(self, holder: str, age: float | None) -> Standing:
        """``age``: of what can be read here without a leader."""
        held = self._leader_beside(holder)
        return Standing(
            holder=holder,
            in_office=False,
            leads=False,
            leader="" if held is None else held.holder,
            url="" if held is None else held.url,
            epoch=None if held is None else held.epoch,
            since=self.since,
            age=age,
            why=self.why(holder),
        )

    def why(self, holder: str) -> str:
        """Why this server does not lead, in a sentence."""
        held = self._leader_beside(holder)
        if held is not None:
            also = f" and could not take over: {self.unfit}" if self.unfit else ""
            return f"{held.holder} leads, this orchestrator follows{also}"
        if self.unfit:
            return f"no orchestrator leads, and this one cannot: {self.unfit}"
        if self.trouble:
            return f"no orchestrator leads: {self.trouble}"
        return "no orchestrator leads at the moment"

    def _leader_beside(self, holder: str) -> Held | None:
        """Not ourselves: the document names who led last, until the next one writes its own name.

        Who led from our address was this server before it started anew.
        """
        held = self._held
        if held is None or held.holder == holder or held.url == self._own_url():
            return None
        return held
