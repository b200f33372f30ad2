"""Papers: named documents of a kind that change with its transactions."""

from __future__ import annotations

from itertools import count

import pytest

from orchestrator.core.decisions import Transaction
from orchestrator.core.draft import Draft
from orchestrator.core.model import KindState
from orchestrator.core.papers import MAX_PAPER_BYTES, MAX_PAPERS, Paper
from orchestrator.core.policy import KindPolicy, Limits
from orchestrator.core.view import View


def draft(view: View) -> Draft:
    numbers = count(1)
    return Draft(view, KindPolicy(), lambda: f"op{next(numbers)}", Limits())


def empty(**papers: bytes) -> View:
    there = {name: Paper(name=name, body=body, version=3) for name, body in papers.items()}
    return View.of(KindState(kind="Thing", commit=7, version=7), {}, papers=there)


def only(made: Draft) -> Transaction:
    (transaction,) = made.plan().transactions
    return transaction


def test_a_paper_is_written_in_a_transaction_of_its_kind() -> None:
    view = empty()
    made = draft(view)
    made.write_paper("pins", b"{}")
    transaction = only(made)
    assert transaction.after.commit == 8
    assert [change.after for change in transaction.papers] == [Paper(name="pins", body=b"{}", version=0)]
    view.apply(transaction)
    assert view.papers["pins"].body == b"{}"


def test_each_write_of_a_paper_adds_one_to_its_version() -> None:
    view = empty(pins=b"old")
    made = draft(view)
    made.write_paper("pins", b"new")
    made.write_paper("pins", b"newer")
    view.apply(only(made))
    assert view.papers["pins"] == Paper(name="pins", body=b"newer", version=4)


def test_a_paper_written_as_it_was_changes_nothing() -> None:
    made = draft(empty(pins=b"same"))
    made.write_paper("pins", b"same")
    assert not made.plan().transactions


def test_a_removed_paper_is_gone() -> None:
    view = empty(pins=b"old")
    made = draft(view)
    made.remove_paper("pins")
    made.remove_paper("nothing")
    assert made.paper("pins") is None
    view.apply(only(made))
    assert view.papers == {}


def test_papers_that_do_not_fit_together_go_into_several_transactions() -> None:
    view = empty()
    made = draft(view)
    for number in range(5):
        made.write_paper(f"moves.1.{number}", b"x" * MAX_PAPER_BYTES)
    transactions = made.plan().transactions
    assert len(transactions) > 1
    for transaction in transactions:
        assert sum(len(c.after.body) for c in transaction.papers if c.after) <= Limits().size
        view.apply(transaction)
    assert len(view.papers) == 5


@pytest.mark.parametrize("name", ["", "Pins", "a/b", "ü", ".hidden", "a" * 65])
def test_a_name_that_cannot_be_a_path_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no name of a paper"):
        draft(empty()).write_paper(name, b"")


def test_a_paper_that_is_too_large_and_one_too_many_are_refused() -> None:
    made = draft(empty(**{f"p{n}": b"" for n in range(MAX_PAPERS)}))
    with pytest.raises(ValueError, match="bytes, at most"):
        made.write_paper("p0", b"x" * (MAX_PAPER_BYTES + 1))
    with pytest.raises(ValueError, match="at most 300 are allowed"):
        made.write_paper("another", b"")
    made.write_paper("p0", b"fits")
