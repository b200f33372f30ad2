"""The papers of numbered plans: their counter ``plans``, and a head ``plan.<n>`` each."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from orchestrator.core.papers import Paper
from orchestrator.core.plans.fields import Members
from orchestrator.core.plans.proposal import (
    HandOff,
    Limit,
    Peak,
    Proposal,
    Sizes,
    Spread,
    Stage,
    Stays,
    Tally,
)

COUNTER = "plans"
LAYOUT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """``newest``: the highest number given so far; ``applied``: of the plan that was applied last."""

    newest: int = 0
    applied: int = 0


def head_name(number: int) -> str:
    return f"plan.{number}"


def head_number(name: str) -> int | None:
    """The plan whose head has this name; None for any other paper."""
    found = re.fullmatch(r"plan\.([1-9][0-9]{0,8})", name, re.ASCII)
    return int(found[1]) if found else None


def encode_register(register: Register) -> bytes:
    return dump({"layout": LAYOUT, **asdict(register)})


def decode_register(body: bytes) -> Register:
    """Raises ValueError."""
    fields = load(COUNTER, body)
    return Register(newest=fields.whole("newest"), applied=fields.whole("applied"))


def register_of(papers: Mapping[str, Paper]) -> Register:
    """The counter as the kind has it; one that cannot be read is taken to stand at the newest plan."""
    paper = papers.get(COUNTER)
    if paper is None:
        return Register()
    try:
        return decode_register(paper.body)
    except ValueError:
        newest = max((number for name in papers if (number := head_number(name))), default=0)
        return Register(newest=newest, applied=newest)


def encode_proposal(proposal: Proposal) -> bytes:
    return dump({"layout": LAYOUT, **asdict(proposal)})


def decode_proposal(body: bytes) -> Proposal:
    """Raises ValueError for what is none, or is of another version."""
    f = load("the plan", body)
    tally = f.optional("tally")
    stage = f.text("stage")
    if stage not in set(Stage):
        raise ValueError(f"the plan.stage is {stage!r}, allowed: {', '.join(Stage)}")
    return Proposal(
        number=f.whole("number"),
        made_at=f.number("made_at"),
        actor=f.text("actor"),
        note=f.text("note"),
        undoes=f.optional_whole("undoes"),
        stage=Stage(stage),
        stage_at=f.number("stage_at"),
        stage_actor=f.text("stage_actor"),
        commit=f.whole("commit"),
        count=f.whole("count"),
        standing=f.whole("standing"),
        new=f.whole("new"),
        places=tuple((n, many) for n, many in f.rows("places", 2)),
        last_applied=f.whole("last_applied"),
        under_way=f.text("under_way"),
        before=_sizes(f.inner("before")),
        after=_sizes(f.inner("after")),
        shards=tuple((n, load) for n, load in f.rows("shards", 2)),
        created=f.wholes("created"),
        draining=f.wholes("draining"),
        reactivated=f.wholes("reactivated"),
        capacities=f.vectors("capacities"),
        former_capacities=f.vectors("former_capacities"),
        moves=f.whole("moves"),
        pairs=tuple((a, b, count) for a, b, count in f.rows("pairs", 3)),
        parts=f.whole("parts"),
        spread_before=f.each("spread_before", _spread),
        spread_after=f.each("spread_after", _spread),
        peaks=f.each(
            "peaks",
            lambda m: Peak(shard=m.whole("shard"), load=m.wholes("load"), capacity=m.wholes("capacity")),
        ),
        hand_off=_hand_off(f.inner("hand_off")),
        limits=f.each("limits", lambda m: Limit(code=m.text("code"), sentence=m.text("sentence"))),
        cost=f.whole("cost"),
        stays=f.each("stays", _stays),
        remarks=f.texts("remarks"),
        tally=None if tally is None else _tally(tally),
    )


def _sizes(m: Members) -> Sizes:
    return Sizes(
        shards=m.whole("shards"),
        max_instances=m.whole("max_instances"),
        resource_per_instance=m.whole("resource_per_instance"),
    )


def _spread(m: Members) -> Spread:
    return Spread(
        dimension=m.text("dimension"), least=m.whole("least"), mean=m.number("mean"), most=m.whole("most")
    )


def _hand_off(m: Members) -> HandOff:
    return HandOff(
        seconds=m.number("seconds"),
        each=m.number("each"),
        at_once=m.whole("at_once"),
        basis=m.text("basis"),
        samples=m.whole("samples"),
    )


def _stays(m: Members) -> Stays:
    return Stays(
        reason=m.text("reason"), sentence=m.text("sentence"), count=m.whole("count"), ids=m.texts("ids")
    )


def _tally(m: Members) -> Tally:
    return Tally(**{name: m.whole(name) for name in ("done", "moving", "waiting", "failed", "dropped")})


def dump(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def load(what: str, body: bytes) -> Members:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{what} is not JSON: {error}") from error
    fields = Members(what, value)
    if (layout := fields.whole("layout")) != LAYOUT:
        raise ValueError(f"{what} has layout {layout}, this version reads {LAYOUT}")
    return fields
