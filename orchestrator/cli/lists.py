"""Kinds, shards and instances as the rows of tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from orchestrator.cli.status import WORDS
from orchestrator.cli.words import DASH, brief, number, state

if TYPE_CHECKING:
    from shardwright_client.answers import Instance, KindSummary, Shard

Table = tuple[list[str], list[list[str]]]

KINDS = [
    *("KIND", "OWNED?", "IDS", "OWNED", "ARRIVING", "MOVING", "UNOWNED", "SHARDS", "MAX", "EACH"),
    *("PROTOCOL", "AUDIT"),
]
SHARDS = ["SHARD", "STATE", "LOAD", "ARRIVING", "RELEASING", "GEN/ACK", "BEAT", "INSTANCE", "DETAIL"]
INSTANCES = ["INSTANCE", "KIND", "SHARD", "STATE", "PHASE", "HEALTH", "BEAT", "AGE", "DETAIL"]


def kind_rows(found: Sequence[KindSummary], *, is_wide: bool) -> Table:
    """Header and rows. Wide: with what is set apart, held and paused, and the place."""
    header = [*KINDS, *(("QUARANTINED", "HELD", "PAUSED", "COMMIT", "PLACE") if is_wide else ())]
    rows = [[*_kind(one), *(_kind_more(one) if is_wide else ())] for one in found]
    return header, rows


def shard_rows(found: Sequence[Shard], *, of_all: bool, is_wide: bool) -> Table:
    """Header and rows. ``of_all``: kinds are told apart. Wide: with labels, bounds, states and age."""
    has_labels = is_wide or any(one["labels"] for one in found)
    last = ["LABELS"] if has_labels else []
    more = ["ACTIVITY", "RUNS", "REVISION", "CAPACITY"] if is_wide else []
    header = [*(["KIND"] if of_all else []), *SHARDS[:-1], *more, *last, SHARDS[-1]]
    rows = [
        [
            *([one["kind"]] if of_all else []),
            *_shard(one),
            *(_shard_more(one) if is_wide else []),
            *([pairs(one["labels"])] if has_labels else []),
            one["detail"],
        ]
        for one in found
    ]
    return header, rows


def instance_rows(found: Sequence[Instance], now: float, *, is_wide: bool) -> Table:
    """Header and rows. Wide: with the id that the runtime gave."""
    header = [*INSTANCES[:-1], *(["UID"] if is_wide else []), INSTANCES[-1]]
    rows = [
        [
            f"{one['name']} #{one['incarnation']}",
            one["kind"],
            str(one["shard"]),
            one["state"],
            state(one["phase"]),
            state(one["health"]),
            brief(one["beatAge"]),
            brief(now - one["since"]) if one["since"] else DASH,
            *([one["uid"] or DASH] if is_wide else []),
            one["detail"],
        ]
        for one in found
    ]
    return header, rows


def pairs(given: Mapping[str, object]) -> str:
    """a=1,b=2"""
    return ",".join(f"{name}={value}" for name, value in given.items()) or DASH


def acknowledged(shard: Shard) -> str:
    """The generation, and the one that the instance has acknowledged."""
    return f"{shard['generation']}/{DASH if shard['acknowledged'] is None else shard['acknowledged']}"


def _kind(kind: KindSummary) -> list[str]:
    counts = kind["counts"]
    return [
        kind["kind"],
        WORDS[kind["verdict"]],
        number(counts["catalog"]),
        number(counts["owned"]),
        number(counts["arriving"]),
        number(counts["moving"]),
        number(counts["unowned"]),
        number(kind["shardsWanted"]),
        number(kind["maxInstances"]),
        number(kind["resourcePerInstance"]),
        kind["protocol"],
        brief(kind["auditedAge"]),
    ]


def _kind_more(kind: KindSummary) -> list[str]:
    held = kind["held"]
    return [
        number(kind["counts"]["quarantined"]),
        number(held["count"]) if held else "0",
        "PAUSED" if kind["paused"] else "no",
        number(kind["commit"]),
        kind["place"] or DASH,
    ]


def _shard(shard: Shard) -> list[str]:
    return [
        str(shard["number"]),
        state(shard["health"]),
        f"{number(shard['used'])}/{number(shard['count'])}",
        number(shard["arriving"]),
        number(shard["releasing"]),
        acknowledged(shard),
        brief(shard["beatAge"]),
        f"{shard['name']} #{shard['incarnation']}",
    ]


def _shard_more(shard: Shard) -> list[str]:
    return [shard["state"], state(shard["instance"]), str(shard["revision"]), pairs(shard["capacity"])]
