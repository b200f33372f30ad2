"""Sections within a kind: which resources stand where (docs/placement.md)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from orchestrator.core.model import Protocol
from orchestrator.core.placement.rule_policy import Require, RulePolicy, Spread
from orchestrator.core.plans.proposing import COUNT
from orchestrator.settings.section import Section

Value = Annotated[str, Field(min_length=1, max_length=63)]


def _name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,62}", value):
        raise ValueError("must be 1 to 63 of letters, digits, '.', '_', '/' and '-'")
    return value


Name = Annotated[str, AfterValidator(_name)]


class Required(Section):
    """A resource whose ``label`` has a value stands only where ``shard_label`` has it, too."""

    label: Name
    shard_label: Name


class Spreading(Section):
    """Resources of one value of ``by`` are spread over the values of the shards' label ``over``."""

    over: Name | Literal[""] = ""
    by: Name | Literal[""] = ""


class Rules(Section):
    """Rules over labels; an id that they keep off every shard stays unowned, and says why."""

    require: tuple[Required, ...] = ()
    together: tuple[Name, ...] = ()
    apart: tuple[Name, ...] = ()
    spread: Spreading = Spreading()

    def labels(self) -> set[str]:
        """The labels of resources that these rules ask for."""
        by = (self.spread.by,) if self.spread.by else ()
        return {*(one.label for one in self.require), *self.together, *self.apart, *by}

    def policy(self, shard_labels: Mapping[str, Sequence[str]]) -> RulePolicy:
        """What placement needs to know."""
        return RulePolicy(
            require=tuple(Require(label=one.label, shard_label=one.shard_label) for one in self.require),
            together=self.together,
            apart=self.apart,
            spread=Spread(over=self.spread.over, by=self.spread.by) if self.spread.over else None,
            shard_labels=tuple((name, tuple(values)) for name, values in shard_labels.items()),
        )


MOST_DIMENSIONS = 16
"""Dimensions of an id's weight, where any is reported: each report is held in all of them."""


def reports_fault(reported: Sequence[str], columns: Collection[str], protocol: Protocol) -> str | None:
    """What of the reported weights cannot hold, a sentence; None: nothing."""
    if not reported:
        return None
    if protocol is Protocol.SEED:
        said = f"reported_weights names {', '.join(reported)}"
        return (
            f"{said} with protocol seed, whose workers cannot weigh their ids; allowed: none, or protocol v1"
        )
    if COUNT in reported:
        return f"reported_weights names {COUNT}, which is how many ids a shard holds; allowed: any other name"
    if twice := sorted({name for name in reported if reported.count(name) > 1}):
        return f"reported_weights names {', '.join(twice)} more than once, allowed: each dimension once"
    many = len({*columns, *reported})
    if many > MOST_DIMENSIONS:
        both = "weight_columns and reported_weights name"
        return f"{both} {many} dimensions, allowed: at most {MOST_DIMENSIONS}"
    return None


MOST_LABELS = 16
"""Labels of one shard: they stand in its own document."""


def rules_fault(
    rules: Rules, label_columns: Collection[str], shard_labels: Collection[str] = ()
) -> str | None:
    """What of the rules cannot hold, a sentence; None: nothing."""
    unknown = sorted(rules.labels() - set(label_columns))
    if unknown:
        known = ", ".join(sorted(label_columns)) or "which has none"
        return f"rules name the labels {', '.join(unknown)}, allowed: those of label_columns, {known}"
    if bool(rules.spread.over) != bool(rules.spread.by):
        return "rules.spread names only one of over and by, allowed: both or neither"
    if len(shard_labels) > MOST_LABELS:
        return f"shard_labels names {len(shard_labels)} labels, allowed: at most {MOST_LABELS}"
    both = sorted(set(rules.together) & set(rules.apart))
    if both:
        return f"rules.together and rules.apart both name {', '.join(both)}, which cannot be met"
    return None
