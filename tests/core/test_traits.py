"""What a row says of an id: a value that cannot be used costs that dimension or label, never the id."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.learning import describe
from orchestrator.core.model import ONE, KindState
from orchestrator.core.traits import MAX_WEIGHT, PLAIN, Traits, traits_of
from orchestrator.core.view import View

ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.text(),
    st.binary(),
)


@given(st.lists(st.tuples(st.sampled_from(["cpu", "ram"]), ANYTHING), max_size=2), ANYTHING)
def test_any_value_gives_a_weight_that_can_be_counted_with(
    weights: list[tuple[str, object]], value: object
) -> None:
    traits = traits_of(weights, [("tenant", value)])
    assert traits.weight == ONE or len(traits.weight) == 1 + len(weights)
    assert all(type(part) is int and 0 <= part <= MAX_WEIGHT for part in traits.weight)
    assert all(isinstance(text, str) and text.isprintable() for _, text in traits.labels)


@pytest.mark.parametrize(
    ("value", "part", "doubt"),
    [
        (7, 7, ""),
        (0, 0, ""),
        (2.0, 2, ""),
        (2.1, 3, ""),
        (Decimal("1.5"), 2, ""),
        (-1, 1, "cpu is negative (-1), so it counts as one"),
        (float("nan"), 1, "cpu is nan, which is no number, so it counts as one"),
        (Decimal("NaN"), 1, "cpu is NaN, which is no number, so it counts as one"),
        (float("inf"), 1, "cpu is inf, which is no number, so it counts as one"),
        ("12", 1, "cpu is '12', which is no number, so it counts as one"),
        (None, 1, "cpu is NULL, so it counts as one"),
        (True, 1, "cpu is True, which is no number, so it counts as one"),
        (MAX_WEIGHT + 1, 1, f"cpu is more than 1e+15 ({MAX_WEIGHT + 1}), so it counts as one"),
    ],
)
def test_a_weight_is_a_number_from_zero_rounded_up(value: object, part: int, doubt: str) -> None:
    traits = traits_of([("cpu", value), ("ram", 5)])
    assert (traits.weight, traits.doubt) == ((1, part, 5), doubt)


def test_a_label_is_text_and_null_is_none() -> None:
    said = [("b", 7), ("a", "x"), ("c", None), ("d", False), ("e", "y" * 201), ("f", "\n")]
    traits = traits_of((), said)
    assert traits.labels == (("a", "x"), ("b", "7"), ("d", "false"))
    assert "the label e has 201 characters" in traits.doubt and "control characters" in traits.doubt


def test_a_row_that_says_nothing_is_plain() -> None:
    assert traits_of([("cpu", 1)], [("a", None)]) is PLAIN == Traits()


def test_a_listing_that_says_no_more_of_an_id_takes_back_what_was_known() -> None:
    view = View.of(KindState(kind="Thing"), {}, dimensions=2)
    for _ in describe(view, ["a", "b"], {"a": (1, 5)}, {"b": (("x", "y"),)}):
        pass
    assert (view.weights, view.labels) == ({"a": (1, 5)}, {"b": (("x", "y"),)})
    for _ in describe(view, ["a"], {}, {}):
        pass
    assert (view.weights, view.labels) == ({}, {})
