"""What a kind took in, as it was recorded: each with the wall clock at which it was taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestrator.core.decisions import Reason
from orchestrator.core.hints import Claim
from orchestrator.core.model import ONE
from orchestrator.core.poison.quarantine import Entry
from orchestrator.core.traits import PLAIN, Traits
from orchestrator.replay.packing import Part
from orchestrator.replay.state import Checkpoint, decode_labels

Aside = tuple[int | None, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """How many transactions were written of what followed from an input; None: all.

    Of its own ``plan``, and of the ``step`` of the moves after it: where the plan was cut off there was none.
    ``of``: the number of the input. ``is_listed``: whether the list of an orchestration's moves was kept.
    """

    of: int = -1
    plan: int | None = None
    step: int | None = None
    is_listed: bool = True


WHOLE = Cut()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One pass of the reconciler. ``present``: of the ids asked for, those that the catalog lists; None: it
    did not answer. ``free``: ids that their shard had let go of, by shard. ``ended``: shards whose instance
    was given up since the pass before, and why; ``fenced``: those whose end was proven since.
    ``waiting``: shards that get no instance yet; None: as at the pass before. ``wishes``: orchestrations that
    follow in the same pass. ``failing``: shards whose instances keep ending early; None: as before.
    ``quarantine``: who is set apart from now on, None: let out. ``aside``: the shard that runs without these
    ids, to find out which of them ends its instance; None: as before. ``is_step``: there is nothing in it but
    the next step of the moves under way.
    """

    at: float
    hints: Mapping[str, Claim] = field(default_factory=dict)
    present: Mapping[str, Traits] | None = field(default_factory=dict)
    free: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    ended: Mapping[int, tuple[Reason, str]] = field(default_factory=dict)
    fenced: Mapping[int, str] = field(default_factory=dict)
    waiting: frozenset[int] | None = None
    wishes: int = 0
    failing: frozenset[int] | None = None
    quarantine: Mapping[str, Entry | None] = field(default_factory=dict)
    aside: Aside | None = None
    is_step: bool = False
    cut: Cut = WHOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """An orchestration. ``fresh``: ids of the catalog that stood nowhere, in its order; ``count``: all."""

    at: float
    plan_id: str
    fresh: tuple[str, ...]
    count: int
    max_instances: int | None = None
    resource_per_instance: int | None = None
    shards: int | None = None
    cut: Cut = WHOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What the catalog says of ids has changed."""

    at: float
    traits: Mapping[str, Traits]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The instance of a shard answered for the first time."""

    at: float
    shard: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrote:
    """A paper of the kind was written, or removed (``body`` None), as people wish it to be."""

    at: float
    name: str
    body: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rests:
    """The kind was paused, or goes on."""

    at: float
    paused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Catalog and store were compared in full."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A checkpoint: the kind as it stood then."""

    at: float
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision of the recorded orchestrator, of the transaction ``op``."""

    at: float
    verb: str
    reason: str
    shard: int | None
    to: int | None
    count: int
    op: str


REASONS = {reason.value: reason for reason in Reason}

Input = Pass | Wish | Weighed | Heard | Wrote | Rests | Compared | Taken


def traits_parts(traits: Mapping[str, Traits]) -> dict[str, Any]:
    """The ids of which there is more to say than that they exist."""
    parts: dict[str, Any] = {}
    if weights := {i: found.weight for i, found in traits.items() if found.weight != ONE}:
        parts["weights"] = weights
    if labels := {i: found.labels for i, found in traits.items() if found.labels}:
        parts["labels"] = labels
    return parts


def traits_in(part: Part, resource_id: str) -> Traits:
    weight, labels = part.get("weights", {}).get(resource_id), part.get("labels", {}).get(resource_id)
    if weight is None and labels is None:
        return PLAIN
    return Traits(ONE if weight is None else tuple(weight), decode_labels(labels or ()))


def input_of(at: float, parts: list[dict[str, Any]]) -> Input | Cut:
    """The input that was written as these parts, or how far an earlier one was followed.

    Raises ValueError, a sentence.
    """
    try:
        return _input_of(at, parts)
    except (KeyError, TypeError, AttributeError, IndexError) as exc:
        raise ValueError(f"a recorded input cannot be read: {type(exc).__name__} {exc}") from exc


def _input_of(at: float, parts: list[dict[str, Any]]) -> Input | Cut:
    part = parts[0]
    match part["type"]:
        case "checkpoint":
            return Taken(at=at, checkpoint=Checkpoint.of(parts))
        case "pass":
            return _pass_of(at, part)
        case "orchestrate":
            return Wish(
                at=at,
                plan_id=part["planId"],
                fresh=tuple(part["fresh"]),
                count=part["count"],
                max_instances=part["maxInstances"],
                resource_per_instance=part["resourcePerInstance"],
                shards=part["shards"],
            )
        case "traits":
            return Weighed(at=at, traits={i: traits_in(part, i) for i in part["ids"]})
        case "heard":
            return Heard(at=at, shard=part["shard"])
        case "paper":
            body = part["body"]
            return Wrote(at=at, name=part["name"], body=None if body is None else str(body).encode())
        case "paused":
            return Rests(at=at, paused=bool(part["paused"]))
        case "resync":
            return Compared(at=at)
        case "cut":
            plan = part.get("plan")
            step = part.get("step", None if plan is None else 0)
            return Cut(of=part["of"], plan=plan, step=step, is_listed=part.get("listed", True))
    raise ValueError(f"a recorded input is of the type {part['type']!r}, which this version does not know")


def _pass_of(at: float, part: Part) -> Pass:
    hints = {i: Claim(claim) for claim, ids in part.get("hints", {}).items() for i in ids}
    free: dict[int, tuple[str, ...]] = {}
    for number, ids in part.get("free", ()):
        free[number] = (*free.get(number, ()), *ids)
    present: dict[str, Traits] | None = None
    if part.get("answered", True):
        absent = set(part.get("absent", ()))
        asked = [*hints, *(i for ids in free.values() for i in ids)]
        present = {i: traits_in(part, i) for i in asked if i not in absent}
    waiting = part.get("waiting")
    return Pass(
        at=at,
        hints=hints,
        present=present,
        free=free,
        ended={int(n): (REASONS[code], detail) for n, code, detail in part.get("ended", ())},
        fenced={int(n): detail for n, detail in part.get("fenced", ())},
        waiting=None if waiting is None else frozenset(waiting),
        wishes=part.get("wishes", 0),
        failing=None if (failing := part.get("failing")) is None else frozenset(failing),
        quarantine={
            i: None if one is None else Entry(**one) for i, one in part.get("quarantine", {}).items()
        },
        is_step=part.get("isStep", False),
        aside=None if (aside := part.get("aside")) is None else (aside[0], frozenset(aside[1])),
    )
