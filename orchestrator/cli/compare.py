"""What of the kinds is not as a file wants it, and the writes that would make it so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from orchestrator.cli.failure import Exit, Failure

if TYPE_CHECKING:
    from orchestrator.settings.wanted import Wanted, WantedKind, WantedShard
    from shardwright_client import Client
    from shardwright_client.answers import Kind, Shard

SIZES = {"max_instances": "maxInstances", "resource_per_instance": "resourcePerInstance"}
RULES = (("require",), ("together",), ("apart",), ("spread", "over"), ("spread", "by"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One value. None: it is not there."""

    kind: str
    what: str
    now: str | int | None
    then: str | int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One write, and all that it makes different. ``do``: with ``dry_run`` it is only judged."""

    differences: tuple[Difference, ...]
    do: Callable[..., Any]
    orchestrates: bool = False

    @property
    def kind(self) -> str:
        return self.differences[0].kind

    def __str__(self) -> str:
        return f"{self.kind} {', '.join(each.what for each in self.differences)}"


@dataclass(slots=True)
class Compared:
    """``kept``: what the file does not name and stays; ``missing``: what cannot be had yet."""

    steps: list[Step] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @property
    def differences(self) -> list[Difference]:
        return [each for step in self.steps for each in step.differences]


def compare(api: Client, wanted: Wanted, *, prune: bool) -> Compared:
    """``prune``: pins and bounds that the file could name, and does not, go. Raises Failure for rules.

    The sizes come last: their orchestration follows the labels, bounds and pins of the file at once.
    """
    compared = Compared()
    settings = _settings(api) if any(one.rules for one in wanted.kinds.values()) else {}
    faults = [
        fault for kind, one in wanted.kinds.items() if one.rules for fault in _rules(kind, one, settings)
    ]
    if faults:
        where = "rules stand in the server's configuration, which it reads at its start; nothing was done"
        raise Failure(Exit.FAILED, "the server has other rules", where, faults)
    for kind, one in wanted.kinds.items():
        found = api.kind(kind)
        _shards(api, kind, one, found["shards"], prune, compared)
        if one.pins is not None:
            _pins(api, kind, one.pins, prune, compared)
        compared.steps += _sizes(api, kind, one, found)
    return compared


def _shards(
    api: Client, kind: str, wanted: WantedKind, shards: Sequence[Shard], prune: bool, compared: Compared
) -> None:
    known = {shard["number"]: shard for shard in shards}
    for number, one in wanted.shards.items():
        if number not in known:
            compared.missing.append(f"{kind} has no shard {number} yet")
            continue
        labels = _changes(one.labels, known[number]["labels"])
        capacity = _changes(one.capacity, known[number]["bounds"])
        if surplus := _surplus(one, known[number]):
            if prune:
                capacity |= dict.fromkeys(surplus)
            else:
                compared.kept.append(f"{kind}/{number} capacity {', '.join(surplus)}")
        made = (
            *_differences(kind, f"shard {number} label", known[number]["labels"], labels),
            *_differences(kind, f"shard {number} capacity", known[number]["bounds"], capacity),
        )
        if made:
            do = partial(api.set_shard, kind, number, labels=labels, capacity=capacity)
            compared.steps.append(Step(differences=made, do=do))


def _surplus(wanted: WantedShard, shard: Shard) -> list[str]:
    """Bounds that a person set and the file does not name, where it names bounds of this shard at all."""
    if "capacity" not in wanted.model_fields_set:
        return []
    return [name for name in shard["bounds"] if name not in wanted.capacity]


def _pins(api: Client, kind: str, wanted: Mapping[str, int], prune: bool, compared: Compared) -> None:
    now = {one["id"]: one["shard"] for one in api.pins(kind)}
    changes: dict[str, int | None] = {**_changes(wanted, now)}
    if surplus := [each for each in now if each not in wanted]:
        if prune:
            changes |= dict.fromkeys(surplus)
        else:
            compared.kept.append(f"{kind} {len(surplus)} pins, such as {surplus[0]}")
    for resource, shard in changes.items():
        does = (
            partial(api.unpin, kind, resource) if shard is None else partial(api.pin, kind, resource, shard)
        )
        made = tuple(_differences(kind, "pin", now, {resource: shard}))
        compared.steps.append(Step(differences=made, do=does))


def _sizes(api: Client, kind: str, wanted: WantedKind, found: Kind) -> Iterator[Step]:
    said = {name: getattr(wanted, name) for name in SIZES}
    now = {"max_instances": found["maxInstances"], "resource_per_instance": found["resourcePerInstance"]}
    changes = _changes({name: size for name, size in said.items() if size is not None}, now)
    if changes:
        made = tuple(_differences(kind, "", now, changes))
        yield Step(differences=made, do=partial(api.orchestrate, kind, **changes), orchestrates=True)


def _changes(wanted: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in wanted.items() if now.get(name) != value}


def _differences(
    kind: str, what: str, now: Mapping[str, Any], then: Mapping[str, Any]
) -> Iterator[Difference]:
    for name, value in then.items():
        yield Difference(kind=kind, what=f"{what} {name}".strip(), now=now.get(name), then=value)


def _settings(api: Client) -> dict[str, Any]:
    return {one["key"]: one["value"] for one in api.get("v1", "api", "system")["settings"]}


def _rules(kind: str, wanted: WantedKind, settings: Mapping[str, Any]) -> Iterator[str]:
    said = wanted.rules.model_dump(mode="json") if wanted.rules else {}
    for path in RULES:
        key, value = ".".join(("kinds", kind, "rules", *path)), said
        for part in path:
            value = value[part]
        if settings.get(key) != value:
            yield f"{key} is {settings.get(key)!r} there, and {value!r} in the file"
