"""What the rows of a table say of their ids: weights and labels, and what of them cannot be used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from orchestrator.catalog.idtype import id_text
from orchestrator.catalog.kind import CatalogKind
from orchestrator.core.model import ONE, Vector
from orchestrator.core.traits import PLAIN, Labels, Traits, traits_of
from orchestrator.ports import Listing

SHOWN_DOUBTS = 100
MOST_KNOWN = 10_000
"""Different rows that are remembered, so as not to read each like it anew."""


def traits_in(row: Sequence[Any], source: CatalogKind) -> Traits:
    """``row``: the id, its weights and its labels, in the order of the configuration."""
    if not source.has_traits:
        return PLAIN
    first = 1 + len(source.weights)
    return traits_of(
        zip(source.weights, row[1:first], strict=True), zip(source.labels, row[first:], strict=True)
    )


class Told:
    """Collects what the rows of a listing say; equal weights and labels are kept once."""

    def __init__(self, source: CatalogKind) -> None:
        self._source = source
        self._known: dict[tuple[Any, ...], Traits] = {}
        self._shared: dict[tuple[Any, ...], Any] = {}
        self._weights: dict[str, Vector] = {}
        self._labels: dict[str, Labels] = {}
        self._doubts: dict[str, str] = {}
        self._doubtful = 0

    def take(self, rows: Iterable[Sequence[Any]]) -> None:
        """Rows of the id, its weights and its labels."""
        for row in rows:
            said = tuple(row[1:])
            # 1, 1.0 and True are equal, and not the same
            key = (said, tuple(map(type, said)))
            traits = self._known.get(key)
            if traits is None:
                traits = self._read(row)
                if len(self._known) < MOST_KNOWN:
                    self._known[key] = traits
            weight, labels, doubt = traits
            if weight != ONE:
                self._weights[id_text(row[0])] = weight
            if labels:
                self._labels[id_text(row[0])] = labels
            if doubt:
                self._doubtful += 1
                if len(self._doubts) < SHOWN_DOUBTS:
                    self._doubts[id_text(row[0])] = doubt

    def _read(self, row: Sequence[Any]) -> Traits:
        weight, labels, doubt = traits_in(row, self._source)
        shared = self._shared
        return Traits(shared.setdefault(weight, weight), shared.setdefault(labels, labels), doubt)

    def listing(self, ids: list[str]) -> Listing:
        return Listing(
            ids=ids,
            weights=self._weights,
            labels=self._labels,
            doubts=self._doubts,
            doubtful=self._doubtful,
        )
