"""Where the resources of one kind are listed: the configuration of a SQL catalog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogKind:
    """A table of a database, one row a resource.

    ``table`` may name its schema (``iot.Thing``). ``weights`` maps each weight dimension after the
    count, in order, to its column, ``labels`` each label. ``filter`` is an SQL condition on the rows that
    count; it goes into the statement as it is, so it must come from trusted configuration only.
    """

    url: str = field(repr=False)
    table: str
    id_column: str = "id"
    weights: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    filter: str | None = None

    @property
    def has_traits(self) -> bool:
        """Whether a row says more of an id than that it exists."""
        return bool(self.weights or self.labels)
