"""What a person wishes of where ids stand: pins, and the labels and bounds of shards."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from orchestrator.core.decisions import Decision, Reason, Refused
from orchestrator.core.draft import Draft
from orchestrator.core.model import Shard
from orchestrator.core.papers import MAX_PAPER_BYTES
from orchestrator.core.placement.growing import capacity_of
from orchestrator.core.placement.pins import PAPER, encode_pins
from orchestrator.core.placement.rules import Demands, pins_of
from orchestrator.core.traits import labels_of

MOST_LABELS = 16
"""Labels of one shard: they stand in its own document."""


class PinState(StrEnum):
    """``held``: its shard owns it; ``moving``: it is on its way there; ``waiting``: it stands elsewhere or
    nowhere; ``orphaned``: the catalog does not list it."""

    HELD = "held"
    MOVING = "moving"
    WAITING = "waiting"
    ORPHANED = "orphaned"


def set_pin(draft: Draft, resource_id: str, number: int | None) -> Refused | None:
    """Pin the id to the shard, which need not be there yet; None: pin it nowhere."""
    pins = dict(pins_of(draft))
    if pins.get(resource_id) == number:
        return None
    most = draft.policy.max_max_instances
    if number is not None and number >= most:
        return Refused(
            detail=f"Shard {number} can never be: a kind with at most {most} instances has 0 to {most - 1}."
        )
    if number is None:
        del pins[resource_id]
    else:
        pins[resource_id] = number
    if not pins:
        draft.remove_paper(PAPER)
    else:
        body = encode_pins(pins)
        if len(body) > MAX_PAPER_BYTES:
            return Refused(
                detail=f"{len(pins)} pins take {len(body)} bytes, at most {MAX_PAPER_BYTES} are allowed.",
                reasons=("Label the resources, and require the label of a shard.",),
            )
        draft.write_paper(PAPER, body)
    verb = "unpin" if number is None else "pin"
    draft.decide(Decision(verb=verb, reason=Reason.OPERATOR, shard=number, count=1, ids=(resource_id,)))
    return None


def pin_state(draft: Draft, resource_id: str, number: int, *, is_listed: bool = True) -> tuple[PinState, str]:
    """How far a pin is met, and a sentence on what it waits for.

    ``is_listed``: False for an id that stood nowhere and was not in the catalog when that was last read.
    """
    standing = draft.standing_of(resource_id)
    if not is_listed and not standing:
        return PinState.ORPHANED, "the catalog does not list it; the pin holds for the next one of this id"
    if standing[:1] == (number,) and draft.is_owned(resource_id):
        return PinState.HELD, ""
    if number in standing[1:]:
        return PinState.MOVING, f"shard {standing[0]} has yet to let go of it"
    shard = draft.shard(number)
    if shard is None:
        return PinState.WAITING, f"shard {number} is not there; the id waits for it"
    rule = Demands(draft, resource_id).forbids(shard)
    if rule is not None:
        return PinState.WAITING, f"shard {number} does not take it: {rule.sentence}"
    if standing:
        return PinState.WAITING, f"it stands on shard {standing[0]}; the next orchestration moves it"
    return PinState.WAITING, "it is about to be placed"


def set_shard(
    draft: Draft, number: int, labels: Mapping[str, str | None], capacity: Mapping[str, int | None]
) -> Refused | None:
    """Change these labels and bounds of a shard, None: take it away, so that the kind's own holds again.

    Nothing moves by it: the next orchestration does what follows. Requires: the shard is there.
    """
    shard = draft.existing(number)
    kept = {**dict(shard.labels), **labels}
    known = [draft.dimension_name(d) for d in range(draft.dimensions)]
    faults = [*_label_faults(kept), *_bound_faults(capacity, known)]
    if faults:
        return Refused(detail="A value is not allowed; nothing was changed.", reasons=tuple(faults))
    usual = dict(draft.policy.rules.labels_of(number))
    wanted = labels_of({name: value for name, value in {**usual, **kept}.items() if value is not None})
    own = {**dict(shard.bounds), **capacity}
    bounds = tuple(sorted((name, most) for name, most in own.items() if most is not None))
    after = Shard(number=number, capacity=(), bounds=bounds)
    holds = capacity_of(draft, after)
    if (shard.labels, shard.bounds, shard.capacity) == (wanted, bounds, holds):
        return None
    draft.amend(number, labels=wanted, bounds=bounds, capacity=holds)
    said = ", ".join([*(f"{k}={v}" for k, v in labels.items()), *(f"{k}: {v}" for k, v in capacity.items())])
    draft.decide(Decision(verb="set-shard", reason=Reason.OPERATOR, shard=number, detail=said[:500]))
    return None


def _label_faults(labels: Mapping[str, str | None]) -> list[str]:
    faults = [
        f"the label {name[:64]!r} must be 1 to 63 of letters, digits, '.', '_', '/' and '-'"
        for name in labels
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,62}", name)
    ]
    faults += [
        f"the value of {name[:64]} must be 1 to 63 printable characters"
        for name, value in labels.items()
        if value is not None and not (1 <= len(value) <= 63 and value.isprintable())
    ]
    if len(labels) > MOST_LABELS:
        faults.append(f"{len(labels)} labels are too many, at most {MOST_LABELS} are allowed")
    return faults


def _bound_faults(capacity: Mapping[str, int | None], known: list[str]) -> list[str]:
    return [
        f"there is no dimension {name[:64]!r}, the kind has {', '.join(known)}"
        for name in capacity
        if name not in known
    ]
