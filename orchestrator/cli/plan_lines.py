"""Plans as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from orchestrator.cli.printing import columns
from orchestrator.cli.words import DASH, brief, clock, duration, number

if TYPE_CHECKING:
    from shardwright_client.answers import Balance, Peak, Plan, PlanSummary, Spread

SHOWN = 10

NOTE_WIDTH = 30
"""Of the column in a list; `plan show` has the whole."""


def lines(plan: Plan, now: float, *, next_step: bool = True) -> Iterator[str]:
    """All that is told of one plan. ``next_step``: with the command that applies it."""
    kind, wanted = plan["kind"], plan["plan"]
    undoes = f"  the way back from plan {plan['undoes']}" if plan["undoes"] else ""
    yield f"{kind} plan {wanted}  {plan['stage'].upper()}{undoes}"
    yield f"MADE      {clock(plan['madeAt'], now)} by {plan['madeBy']}" + (
        f": {plan['note']}" if plan["note"] else ""
    )
    if plan["expiresAt"] is not None and plan["stage"] == "proposed":
        yield f"APPLY IN  {duration(plan['expiresAt'] - now)}"
    yield from _shards(plan)
    for word, shards in _shards_by_word(plan).items():
        if shards:
            yield f"{word.upper():8}  {', '.join(map(str, shards))}"
    yield from _moves(plan)
    yield from _balance(plan["balance"])
    yield from _peaks(plan["peaks"])
    for limit in plan["limits"]:
        yield f"LIMIT     {limit['code']}: {limit['sentence']}"
    for stays in plan["stays"]:
        yield f"STAYS     {number(stays['count'])} {stays['reason']}: {stays['sentence']}"
    for remark in plan["remarks"]:
        yield f"NOTE      {remark}"
    yield progress(plan)
    if plan["stage"] == "proposed" and next_step:
        yield f"apply: shardwright apply {kind} {wanted}" if does_something(plan) else "nothing to change"


def progress(plan: PlanSummary) -> str:
    """How far a plan has come, on one line."""
    stands: Mapping[str, object] = plan["progress"]
    words = [f"{number(stands[word])} {word}" for word in ("done", "moving", "waiting", "failed", "dropped")]
    return f"PROGRESS  {plan['stage']}: {', '.join(words)}"


def told(plan: PlanSummary, seconds: float) -> Iterator[str]:
    """How a plan that was watched has ended, and how to take it back."""
    yield progress(plan)
    yield f"ended after {duration(seconds)}; undo: shardwright undo {plan['kind']} {plan['plan']}"


def listing(found: Sequence[PlanSummary], now: float) -> list[str]:
    """Plans as a table."""
    header = ("PLAN", "STAGE", "AGE", "SHARDS", "MOVES", "DONE", "LEFT OUT", "BY", "NOTE")
    rows = [
        (
            str(each["plan"]),
            each["stage"],
            brief(now - each["madeAt"]),
            f"{each['shards']['before']} -> {each['shards']['after']}",
            number(each["moves"]),
            number(each["progress"]["done"]),
            number(each["progress"]["failed"] + each["progress"]["dropped"]),
            each["madeBy"],
            _note(each),
        )
        for each in found
    ]
    return columns(header, rows)


def _note(plan: PlanSummary) -> str:
    undoes = f"undoes {plan['undoes']}" if plan["undoes"] else ""
    said = ": ".join(part for part in (undoes, plan["note"]) if part)
    if not said:
        return DASH
    return said if len(said) <= NOTE_WIDTH else said[: NOTE_WIDTH - 3] + "..."


def does_something(plan: Plan) -> bool:
    """Whether it moves or places a resource, or changes a shard or a size."""
    sizes = plan["sizes"]
    shards = any(_shards_by_word(plan).values())
    return bool(plan["moves"] or plan["new"] or shards or sizes["before"] != sizes["after"])


def _shards_by_word(plan: Plan) -> dict[str, list[int]]:
    return {
        "created": plan["created"],
        "draining": plan["draining"],
        "reactivated": plan["reactivated"],
    }


def _shards(plan: Plan) -> Iterator[str]:
    before, after = plan["shards"]["before"], plan["shards"]["after"]
    sizes = plan["sizes"]
    each = _change(sizes["before"]["resourcePerInstance"], sizes["after"]["resourcePerInstance"])
    most = _change(sizes["before"]["maxInstances"], sizes["after"]["maxInstances"])
    yield f"SHARDS    {_change(before, after)}  of at most {most}, {each} ids each"


def _moves(plan: Plan) -> Iterator[str]:
    told = plan["handOff"]
    basis = f"{number(told['samples'])} hand-offs seen" if told["basis"] == "measured" else "by the limits"
    seconds = f"about {duration(told['seconds'])} ({basis})" if plan["moves"] else "at once"
    new = f"  new {number(plan['new'])}" if plan["new"] else ""
    yield f"MOVES     {number(plan['moves'])}{new}  cost {number(plan['cost'])}  {seconds}"
    pairs = sorted(plan["movesByPair"], key=lambda pair: -pair["count"])
    for pair in pairs[:SHOWN]:
        yield f"MOVE      {pair['from']} -> {pair['to']}  {number(pair['count'])}"
    if len(pairs) > SHOWN:
        yield f"          and {len(pairs) - SHOWN} more pairs"


def _balance(balance: Balance) -> Iterator[str]:
    for before, after in zip(balance["before"], balance["after"], strict=True):
        yield f"BALANCE   {before['dimension']}  {_spread(before)} -> {_spread(after)}"


def _spread(one: Spread) -> str:
    return f"{number(one['min'])}..{number(one['max'])} (mean {one['mean']:,.1f}, {one['ratio']:.3f})"


def _peaks(peaks: Sequence[Peak]) -> Iterator[str]:
    if not peaks:
        return
    fullest = max(peaks, key=lambda peak: (peak["over"], peak["load"][0] / (peak["capacity"][0] or 1)))
    over = sum(peak["over"] for peak in peaks)
    load, capacity = number(fullest["load"][0]), number(fullest["capacity"][0])
    said = f"PEAK      shard {fullest['shard']} holds up to {load} of {capacity} on the way"
    yield said + (f"; shards over their size: {over}" if over else "")


def _change(before: int, after: int) -> str:
    return number(before) if before == after else f"{number(before)} -> {number(after)}"
