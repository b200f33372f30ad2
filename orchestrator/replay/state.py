"""A whole kind as it stood at one moment: the beginning of a recording, and its end.

Immutable values go in, so that to take one costs next to nothing; they become JSON when it is written.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

from orchestrator.core.model import (
    ONE,
    Chunk,
    Instance,
    KindState,
    Rebalance,
    Releasing,
    RemovalBudget,
    Shard,
    ShardState,
    ShardVersions,
)
from orchestrator.core.papers import Paper
from orchestrator.core.policy import KindPolicy, Limits
from orchestrator.core.traits import Labels, Traits
from orchestrator.core.view import View
from orchestrator.replay.packing import Part

STEP = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """``settings``: those of the kind in force, as plain JSON. ``nowhere``: ids that the catalog lists and
    nothing owns. ``limits``: bounds of one transaction. ``series``: names the unbroken row of inputs that it
    stands in, ``number`` its place there.
    """

    state: KindState
    shards: Mapping[int, Shard]
    weights: Mapping[str, Sequence[int]] = field(default_factory=dict)
    labels: Mapping[str, Labels] = field(default_factory=dict)
    papers: Mapping[str, Paper] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    nowhere: tuple[str, ...] = ()
    awake: tuple[int, ...] = ()
    limits: Limits = field(default_factory=Limits)
    series: str = ""
    number: int = 0

    def __iter__(self) -> Iterator[Part]:
        """The parts that it is written as."""
        yield {
            "type": "checkpoint",
            "series": self.series,
            "n": self.number,
            "state": _encode_state(self.state),
            "settings": self.settings,
            "limits": asdict(self.limits),
            "awake": self.awake,
        }
        for paper in self.papers.values():
            yield {"paper": paper.name, "body": b64encode(paper.body).decode(), "version": paper.version}
        for number in sorted(self.shards):
            yield {"shard": _encode_shard(self.shards[number])}
        for part in _blocks(self.weights):
            yield {"weights": part}
        for part in _blocks(self.labels):
            yield {"labels": part}
        for start in range(0, len(self.nowhere), STEP):
            yield {"nowhere": self.nowhere[start : start + STEP]}

    @classmethod
    def of(cls, parts: Sequence[Part]) -> Checkpoint:
        """Raises ValueError, a sentence, for parts that are none."""
        try:
            return cls._of(parts)
        except (KeyError, TypeError, AttributeError, IndexError) as exc:
            raise ValueError(f"a checkpoint cannot be read: {type(exc).__name__} {exc}") from exc

    @classmethod
    def _of(cls, parts: Sequence[Part]) -> Checkpoint:
        head, *rest = parts
        shards: dict[int, Shard] = {}
        weights: dict[str, tuple[int, ...]] = {}
        labels: dict[str, Labels] = {}
        papers: dict[str, Paper] = {}
        nowhere: list[str] = []
        for part in rest:
            if "shard" in part:
                shard = _decode_shard(part["shard"])
                shards[shard.number] = shard
            elif "paper" in part:
                body = b64decode(part["body"])
                papers[part["paper"]] = Paper(name=part["paper"], body=body, version=part["version"])
            elif "nowhere" in part:
                nowhere.extend(part["nowhere"])
            else:
                weights.update({i: tuple(w) for i, w in part.get("weights", {}).items()})
                labels.update({i: decode_labels(found) for i, found in part.get("labels", {}).items()})
        return cls(
            state=_decode_state(head["state"]),
            shards=shards,
            weights=weights,
            labels=labels,
            papers=papers,
            settings=head["settings"],
            nowhere=tuple(nowhere),
            limits=Limits(**head.get("limits", {})),
            awake=tuple(head["awake"]),
            series=head["series"],
            number=head["n"],
        )

    def view(self, policy: KindPolicy) -> View:
        """A view of its own, in which this is so."""
        return View.of(
            self.state,
            self.shards,
            dimensions=1 + len(policy.extra_capacity),
            watched=policy.rules.watched,
            weights={i: tuple(w) for i, w in self.weights.items()},
            labels=dict(self.labels),
            papers=self.papers,
        )

    def traits(self, resource_id: str) -> Traits:
        return Traits(tuple(self.weights.get(resource_id, ONE)), self.labels.get(resource_id, ()))


def decode_labels(found: Sequence[Sequence[str]]) -> Labels:
    return tuple((str(key), str(value)) for key, value in found)


def _blocks(values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    items = iter(values.items())
    while block := dict(islice(items, STEP)):
        yield block


def _encode_state(state: KindState) -> Part:
    goal, budget = state.rebalance, state.removal_budget
    return {
        "kind": state.kind,
        "commit": state.commit,
        "shards": state.shards,
        "resourcePerInstance": state.resource_per_instance,
        "maxInstances": state.max_instances,
        "revision": state.revision,
        "paused": state.paused,
        "nextIncarnation": state.next_incarnation,
        "removalBudget": [budget.since, budget.spent],
        "rebalance": None
        if goal is None
        else {
            "id": goal.id,
            "gives": goal.gives,
            "takes": goal.takes,
            "isPlanned": goal.is_planned,
            "bound": goal.bound,
            "left": goal.left,
        },
        "version": state.version,
    }


def _decode_state(found: Mapping[str, Any]) -> KindState:
    goal, (since, spent) = found["rebalance"], found["removalBudget"]
    return KindState(
        kind=found["kind"],
        commit=found["commit"],
        shards=found["shards"],
        resource_per_instance=found["resourcePerInstance"],
        max_instances=found["maxInstances"],
        revision=found["revision"],
        paused=found["paused"],
        next_incarnation=found["nextIncarnation"],
        removal_budget=RemovalBudget(since=since, spent=spent),
        rebalance=None
        if goal is None
        else Rebalance(
            id=goal["id"],
            gives=tuple((n, c) for n, c in goal["gives"]),
            takes=tuple((n, c) for n, c in goal["takes"]),
            is_planned=goal["isPlanned"],
            bound=goal["bound"],
            left=goal["left"],
        ),
        version=found["version"],
    )


def _encode_shard(shard: Shard) -> Part:
    return {
        "number": shard.number,
        "capacity": shard.capacity,
        "labels": shard.labels,
        "bounds": shard.bounds,
        "generation": shard.generation,
        "incarnation": shard.incarnation,
        "instance": shard.instance.value,
        "revision": shard.revision,
        "state": shard.state.value,
        "versions": [shard.versions.head, shard.versions.reload, shard.versions.resources],
        "chunks": [
            [chunk.version, chunk.ids, [[one.generation, one.to, one.ids] for one in chunk.releasing]]
            for chunk in shard.chunks
        ],
    }


def _decode_shard(found: Mapping[str, Any]) -> Shard:
    head, reload, resources = found["versions"]
    chunks = tuple(
        Chunk(
            version=version,
            ids=tuple(ids),
            releasing=tuple(Releasing(generation=g, to=to, ids=tuple(left)) for g, to, left in releasing),
        )
        for version, ids, releasing in found["chunks"]
    )
    return Shard(
        number=found["number"],
        capacity=tuple(found["capacity"]),
        labels=decode_labels(found["labels"]),
        bounds=tuple((str(name), bound) for name, bound in found["bounds"]),
        generation=found["generation"],
        incarnation=found["incarnation"],
        instance=Instance(found["instance"]),
        revision=found["revision"],
        state=ShardState(found["state"]),
        chunks=chunks,
        versions=ShardVersions(head=head, reload=reload, resources=resources),
    )
