"""What waits to be looked at, one kind: hints by id, and wishes of people. Duplicates merge."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice

from orchestrator.core.decisions import Refused
from orchestrator.core.hints import Claim
from orchestrator.engine.answers import OrchestrationSummary
from orchestrator.engine.plans.errand import Errand
from orchestrator.errors import NotNow

CAPACITY = 200_000
"""Hints held at once beyond which messages ask for one resync instead of being held, too.

What a resync found and what a person accepted is held whatever its number: the catalog bounds it, and
dropped it would only be found again.
"""

SLICE = 5_000
"""Hints taken in one pass, so that a flood does not keep the rest of the kind waiting."""


@dataclass(slots=True, kw_only=True)
class OrchestrateWish:
    """``answer`` gets the summary once the desired state is committed, or the refusal.

    ``shards``: how many there are to be where the count asks for fewer. ``is_named``: somebody has said
    already that it may move as many ids as it does.
    """

    max_instances: int | None
    resource_per_instance: int | None
    dry_run: bool
    actor: str
    answer: asyncio.Future[OrchestrationSummary | Refused]
    shards: int | None = None
    is_named: bool = False


@dataclass(slots=True)
class Acceptance:
    """Removals that a person let go. ``answer`` gets the number of the released, once none is ``left``."""

    left: set[str]
    answer: asyncio.Future[int]
    released: int = 0


@dataclass(slots=True, kw_only=True)
class Batch:
    hints: dict[str, Claim] = field(default_factory=dict)
    orchestrate: list[OrchestrateWish] = field(default_factory=list)
    errands: list[Errand] = field(default_factory=list)
    reread: bool = False


class Inbox:
    """Filled by anybody on the loop, emptied by the kind's one reconciler."""

    def __init__(self) -> None:
        self._hints: dict[str, Claim] = {}
        self._orchestrate: list[OrchestrateWish] = []
        self._errands: list[Errand] = []
        self._accepted: list[Acceptance] = []
        self._reread = False
        self._news = asyncio.Event()
        self.overflowed = False

    def __len__(self) -> int:
        return len(self._hints)

    def hint(self, ids: Iterable[str], claim: Claim) -> None:
        """Look at these ids. A later claim of an id replaces an earlier one, unless it claims nothing."""
        if claim is Claim.FOUND:
            for resource_id in ids:
                self._hints.setdefault(resource_id, claim)
        else:
            told = dict.fromkeys(ids, claim)
            if claim is not Claim.ACCEPTED and len(self._hints) + len(told) > CAPACITY:
                self.overflowed = True
                return
            self._hints.update(told)
        self._news.set()

    def put_back(self, hints: Mapping[str, Claim]) -> None:
        """Hints that could not be carried out; a claim that was made of an id meanwhile wins."""
        for resource_id, claim in hints.items():
            if self._hints.get(resource_id, Claim.FOUND) is Claim.FOUND:
                self._hints[resource_id] = claim

    def accept(self, ids: Collection[str]) -> asyncio.Future[int]:
        """Release these ids where the catalog still does not list them. The answer is the number of those.

        It raises NotNow when that could not be carried out to its end.
        """
        acceptance = Acceptance(set(ids), asyncio.get_running_loop().create_future())
        self._accepted.append(acceptance)
        self.hint(ids, Claim.ACCEPTED)
        self.settle({}, ())
        return acceptance.answer

    def settle(self, hints: Mapping[str, Claim], present: Container[str]) -> None:
        """A pass over these hints is committed. ``present``: the ids that the catalog lists."""
        for one in list(self._accepted):
            done = one.left.intersection(hints)
            one.left -= done
            one.released += sum(hints[i] is Claim.ACCEPTED and i not in present for i in done)
            if not one.left:
                self._accepted.remove(one)
                if not one.answer.done():
                    one.answer.set_result(one.released)

    def give_up_accepted(self, why: str) -> None:
        """A pass failed: nothing more is released of what was accepted, and who waits is told."""
        for one in list(self._accepted):
            if not one.answer.done():
                one.answer.set_exception(
                    NotNow(f"{why}; {one.released} were released, look at the rest again")
                )
            self.withdraw(one.answer)

    def withdraw(self, answer: asyncio.Future[int]) -> None:
        """Nobody waits for the rest of these any more: it is not released."""
        for one in [each for each in self._accepted if each.answer is answer]:
            self._accepted.remove(one)
            for resource_id in one.left:
                if self._hints.get(resource_id) is Claim.ACCEPTED:
                    del self._hints[resource_id]

    def wish(self, wish: OrchestrateWish) -> None:
        self._orchestrate.append(wish)
        self._news.set()

    def ask(self, errand: Errand) -> None:
        self._errands.append(errand)
        self._news.set()

    def reread(self) -> None:
        """Have the kind loaded anew before anything else: the store is not as it is believed to be."""
        self._reread = True
        self._news.set()

    def wake(self) -> None:
        """Have the reconciler look at what it knows: a beat, an observation, a timer."""
        self._news.set()

    def close(self) -> list[OrchestrateWish | Errand]:
        """The wishes and errands that nobody will take up."""
        wishes, self._orchestrate = self._orchestrate, []
        errands, self._errands = self._errands, []
        return [*wishes, *errands]

    async def wait(self) -> None:
        await self._news.wait()

    def take(self) -> Batch:
        """What is to be done in one pass, oldest first; the rest stays."""
        self._news.clear()
        if len(self._hints) <= SLICE:
            hints, self._hints = self._hints, {}
        else:
            hints = dict(islice(self._hints.items(), SLICE))
            for resource_id in hints:
                del self._hints[resource_id]
            self._news.set()
        wishes, self._orchestrate = self._orchestrate, []
        errands, self._errands = self._errands, []
        reread, self._reread = self._reread, False
        return Batch(hints=hints, orchestrate=wishes, errands=errands, reread=reread)
