"""What the catalog says of an id beside that it exists: what it weighs, and its labels.

A value that cannot be used is never a reason to leave an id out: it weighs one in that dimension, or goes
without that label, and ``doubt`` says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from orchestrator.core.model import ONE, Labels, Vector

__all__ = ["PLAIN", "Labels", "Traits", "label", "labels_of", "natural", "traits_of"]

MAX_WEIGHT: Final = 10**15
"""The largest weight in one dimension; sums of them stay exact in any reader of JSON."""

MAX_LABEL: Final = 200
"""The longest value of a label, in characters."""


class Traits(NamedTuple):
    """``weight``: by dimension, the count first. ``doubt``: what of the row could not be used; a sentence."""

    weight: Vector = ONE
    labels: Labels = ()
    doubt: str = ""


PLAIN: Final = Traits()
"""Of an id of which the catalog says no more than that it exists."""


def label(labels: Labels, name: str) -> str | None:
    """The value of one label, None where there is none of that name."""
    for key, value in labels:
        if key == name:
            return value
    return None


def labels_of(values: Mapping[str, str]) -> Labels:
    """The same labels as a value that can be compared and shared."""
    return tuple(sorted(values.items()))


def traits_of(
    weights: Iterable[tuple[str, object]] = (), labels: Iterable[tuple[str, object]] = ()
) -> Traits:
    """What a row says: its weights by dimension after the count, in order, and its labels; values as stored.

    A fraction is rounded up. A label that is NULL is absent, which is no fault.
    """
    weight, doubts = [1], []
    for name, value in weights:
        part, doubt = natural(value)
        weight.append(part)
        if doubt:
            doubts.append(f"{name} {doubt}, so it counts as one")
    kept: dict[str, str] = {}
    for name, value in labels:
        text, doubt = _text(value)
        if doubt:
            doubts.append(f"the label {name} {doubt}, so it is left out")
        elif text is not None:
            kept[name] = text
    vector = tuple(weight) if any(part != 1 for part in weight) else ONE
    if vector is ONE and not kept and not doubts:
        return PLAIN
    return Traits(vector, labels_of(kept), "; ".join(doubts))


def natural(value: object) -> tuple[int, str]:
    """The weight that a value stands for; one, and what is wrong with it, where it stands for none."""
    if type(value) is int and 0 <= value <= MAX_WEIGHT:
        return value, ""
    if value is None:
        return 1, "is NULL"
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return 1, f"is {_shown(value)}, which is no number"
    if not _is_finite(value):
        return 1, f"is {value}, which is no number"
    if value < 0:
        return 1, f"is negative ({_shown(value)})"
    if value > MAX_WEIGHT:
        return 1, f"is more than {MAX_WEIGHT:.0e} ({_shown(value)})"
    return math.ceil(value), ""


def _is_finite(value: float | Decimal) -> bool:
    # a whole number may be too large for a float, and a signalling NaN refuses to be asked
    if isinstance(value, Decimal):
        return value.is_finite()
    return isinstance(value, int) or math.isfinite(value)


def _text(value: object) -> tuple[str | None, str]:
    if value is None:
        return None, ""
    if isinstance(value, bytes | bytearray | memoryview):
        return None, "is stored as bytes"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if len(text) > MAX_LABEL:
        return None, f"has {len(text)} characters, at most {MAX_LABEL} are allowed"
    if not text.isprintable():
        return None, "holds control characters"
    return text, ""


def _shown(value: object) -> str:
    shown = repr(value) if isinstance(value, str) else str(value)
    return shown if len(shown) <= 40 else shown[:37] + "..."
