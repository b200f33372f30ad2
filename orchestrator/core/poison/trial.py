"""Finds the ids that end an instance: it runs without some of its suspects, and lives or ends again.

Nobody is accused on a guess. First the instance runs without all suspects: if it ends all the same, it is
none of them. Then with all of them again: if it lives now, whatever it was has passed. Only then halves of
them come back. Known innocent is what an instance lived with; what has not been tried yet stays aside, so
that a second culprit misleads nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import Enum, auto


class Phase(Enum):
    CONTROL = auto()
    """Runs without any suspect."""
    CONFIRM = auto()
    """Runs with all of them again."""
    SEARCH = auto()
    """Runs with one half of those of which one at least is guilty."""
    REST = auto()
    """Runs with everything but those that were found."""
    PROOF = auto()
    """Runs with those again that are guilty by elimination only."""
    OVER = auto()


class Trial:
    """One shard's. ``first``: the stronger suspects; ``everyone``: all that it held, in any order.

    ``aside``: the ids that it is to run without now. ``found``: the culprits, once ``is_over``.
    Requires: ``survived`` and ``ended`` are called for a run that was without all of ``aside``.
    """

    def __init__(self, shard: int, first: Sequence[str], everyone: Sequence[str], *, most: int) -> None:
        self.shard = shard
        self.steps = 0
        self.found: tuple[str, ...] = ()
        self.why = ""
        self._most = most
        self._everyone = tuple(everyone)
        self._suspects = tuple(first) or self._everyone
        self._wide = len(self._suspects) >= len(self._everyone)
        self._tested: tuple[str, ...] = ()
        self._untried: tuple[str, ...] = ()
        self._guilty: list[str] = []
        self._unproven: list[str] = []
        self._phase = Phase.CONTROL
        self.aside = frozenset(self._suspects)

    @property
    def is_over(self) -> bool:
        return self._phase is Phase.OVER

    @property
    def tested(self) -> frozenset[str]:
        """The suspects that run now."""
        return frozenset(self._tested)

    def survived(self) -> None:
        """The instance lived long enough without what is aside."""
        self.steps += 1
        if self._phase is Phase.CONTROL and self._guilty:
            # it ended with them a moment ago, when they came back with the rest
            self._search(self._suspects)
        elif self._phase is Phase.CONTROL:
            self._phase, self._tested = Phase.CONFIRM, self._suspects
            self._put_aside(())
        elif self._phase is Phase.CONFIRM:
            self._end((), "it ends no more, with all of them")
        elif self._phase is Phase.SEARCH:
            self._search(tuple(i for i in self._suspects if i in self.aside))
        elif self._phase is Phase.REST and self._unproven:
            self._prove()
        elif self._phase is Phase.REST:
            self._end(tuple(self._guilty), "")
        elif self._phase is Phase.PROOF:
            innocent = frozenset(self._unproven)
            self._end(tuple(i for i in self._guilty if i not in innocent), "it ends no more")

    def ended(self) -> None:
        """The instance ended again without what is aside."""
        self.steps += 1
        if self._phase is Phase.PROOF:
            self._end(tuple(self._guilty), "")
        elif self._phase is Phase.CONFIRM:
            self._search(self._suspects, is_seen=True)
        elif self._phase is Phase.SEARCH:
            tested = frozenset(self._tested)
            self._untried += tuple(i for i in self._suspects if i not in tested)
            self._search(self._tested, is_seen=True)
        elif self._phase is Phase.REST and self._untried:
            # Of those that came back with the rest one is guilty, too, or nobody is.
            self._control(self._untried)
        elif self._phase is not Phase.OVER and not self._wide and not self._guilty:
            self._wide = True
            self._control(self._everyone)
        else:
            self._end((), "it ends without any of the suspects as well")

    def _control(self, suspects: tuple[str, ...]) -> None:
        self._phase, self._suspects, self._tested, self._untried = Phase.CONTROL, suspects, (), ()
        self._put_aside(suspects)

    def _search(self, suspects: tuple[str, ...], *, is_seen: bool = False) -> None:
        """One of them at least is guilty. ``is_seen``: it ended with just these and the innocent."""
        self._phase, self._suspects = Phase.SEARCH, suspects
        if len(suspects) > 1:
            half = len(suspects) // 2
            self._tested = suspects[:half]
            self._put_aside((*suspects[half:], *self._untried))
            return
        self._guilty.extend(suspects)
        if not is_seen:
            self._unproven.extend(suspects)
        if len(self._guilty) < self._most:
            self._phase, self._suspects, self._tested = Phase.REST, (), self._untried
            self._put_aside(())
        elif self._unproven:
            self._prove()
        else:
            self._end(tuple(self._guilty), "there may be more of them")

    def _prove(self) -> None:
        self._phase, self._tested = Phase.PROOF, tuple(self._unproven)
        # what has not been tried waits: it might be what ends it
        untried = self._untried if len(self._guilty) >= self._most else ()
        self.aside = frozenset(self._guilty).union(untried).difference(self._unproven)

    def _put_aside(self, ids: Collection[str]) -> None:
        self.aside = frozenset(ids).union(self._guilty)

    def _end(self, found: tuple[str, ...], why: str) -> None:
        self._phase, self.found, self.why = Phase.OVER, found, why
        self.aside = frozenset()
