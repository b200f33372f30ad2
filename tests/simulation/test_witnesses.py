"""Who may be placed without a word of the catalog: who is on the way, and nobody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from orchestrator.core.model import KindState
from orchestrator.ports import Loaded
from tests.simulation.rules import Seen
from tests.simulation.story import Broken, Story
from tests.simulation.witnesses import BETWEEN_S, Witnesses


class NotListed:
    """A catalog in which the id has not been for long."""

    def was_present_since(self, kind: str, resource_id: str, since: float) -> bool:
        return False

    def was_absent_since(self, kind: str, resource_id: str, since: float) -> bool:
        return True


class Writes:
    """``at``: of the clock. Each write follows the one before it."""

    def __init__(self, *, is_split: bool) -> None:
        self.at = 0.0
        story = Story(lambda: self.at)
        self._witnesses = Witnesses(story, NotListed(), lambda: self.at, is_split=is_split)  # type: ignore[arg-type]
        self._last = self._seen(releasing={"a": (2, 0)})

    def _seen(self, **places: object) -> Seen:
        return Seen(Loaded(state=KindState(kind="Thing"), shards={}), **places)  # type: ignore[arg-type]

    def write(self, *, epoch: int = 1, **places: object) -> None:
        before, self._last = self._last, self._seen(**places)
        self._witnesses.judge("Thing", before, self._last, epoch)


def test_what_moves_in_two_transactions_arrives_though_its_removal_waits() -> None:
    writes = Writes(is_split=True)
    writes.write()
    writes.at += 1.0
    writes.write(owned={"a": 0})


def another_leader(writes: Writes) -> None:
    writes.write(owned={"a": 0}, epoch=2)


def much_later(writes: Writes) -> None:
    writes.at += BETWEEN_S + 1.0
    writes.write(owned={"a": 0})


def once_more(writes: Writes) -> None:
    writes.write(owned={"a": 0})
    writes.write()
    writes.write(owned={"a": 0})


def another_id(writes: Writes) -> None:
    writes.write(owned={"b": 0})


@pytest.mark.parametrize("who", [another_leader, much_later, once_more, another_id])
def test_everybody_else_needs_the_catalog(who: Callable[[Writes], None]) -> None:
    writes = Writes(is_split=True)
    writes.write()
    with pytest.raises(Broken, match=r"S2: [ab] of Thing was placed, the catalog lists it not"):
        who(writes)


def test_where_one_transaction_holds_both_nothing_is_between() -> None:
    writes = Writes(is_split=False)
    writes.write()
    with pytest.raises(Broken, match="S2"):
        writes.write(owned={"a": 0})
