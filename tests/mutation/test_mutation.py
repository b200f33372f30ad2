"""The proofs notice a break of the protocol: a quick cut of ``make mutation``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.model.breaks import BREAKS
from tests.mutation.detectors import Matrix, Worlds
from tests.mutation.mutation import Mutation
from tests.mutation.mutations import MUTATIONS

pytestmark = pytest.mark.no_cover

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"

QUICK = (
    "a worker looks at its lease",
    "a transaction checks the version of the office",
    "the deadline gates each effect on the runtime",
    "after an ambiguous reply the nonce is renewed before anything is written",
    "a hint is asked of the catalog",
    "released before acquired: an id moves on when its owner let go",
    "an empty answer of the catalog may remove no more than the budget",
    "catalog and store are compared in full now and then",
    "a message that was taken leaves a mark to look",
    "the generation grows when the ids change",
    "who has just begun has a grace",
    "an instance has ended when the runtime says so",
    "a stop names the incarnation that was judged",
    "after a conflict the kind is loaded anew",
    "removals of most of a kind wait for a person",
    "the kill gate",
    "an exchange of another incarnation gets nothing",
    "what raised on its release is held",
    "what raised on its acquire is held",
)
"""Noticed within a second or two; the model's own are in its tests."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("left_out", QUICK)
def test_it_is_noticed_that_this_is_left_out(left_out: str) -> None:
    result = next(each for each in MUTATIONS if each.left_out == left_out).run()
    assert not result.wrong


@pytest.mark.parametrize("detector", [Worlds(most=1), Matrix("create")], ids=lambda each: each.name)
def test_what_breaks_nothing_does_not_count_as_caught(detector: Worlds | Matrix) -> None:
    harmless = Mutation(left_out="nothing", breaks="nothing", says=("",), detector=detector)
    assert harmless.run().wrong == "it is not caught"


def test_each_break_has_its_row_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    missing = [each.left_out for each in MUTATIONS if f"| {each.left_out} | {each.breaks} |" not in page]
    assert not missing


def test_every_rule_that_the_model_leaves_out_is_among_the_breaks() -> None:
    assert {each.rule for each in BREAKS} <= {each.left_out for each in MUTATIONS}
