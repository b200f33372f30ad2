"""Watching a kind while something of it is broken: asked again and again, several times a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shardwright_client import ClientError, Unavailable

if TYPE_CHECKING:
    from shardwright_client import Client
    from shardwright_client.answers import Kind, Struck

EVERY_S = 0.1


@dataclass(slots=True, kw_only=True)
class Blow:
    """One instance that was ended. Times are seconds after the blow; None: not within the watch."""

    shard: int
    incarnation: int
    held: int
    noticed: float | None = None
    replaced: float | None = None
    owned: float | None = None


@dataclass(slots=True, kw_only=True)
class Watch:
    """``unowned_s``, ``double_s``: id-seconds; None: the server keeps no ledger of them. ``moves``: ids that
    changed their shard meanwhile. ``precision``: seconds between two looks, at worst.
    """

    struck: list[Blow] = field(default_factory=list)
    unowned_s: float | None = None
    double_s: float | None = None
    moves: int = 0
    precision: float = EVERY_S
    whole: float | None = None


@dataclass(slots=True, kw_only=True)
class LeaderWatch:
    """``gap``: seconds until somebody led the kind again. ``restarted``: instances ended meanwhile."""

    before: int | None = None
    after: int | None = None
    gap: float | None = None
    restarted: int = 0
    moves: int = 0
    unowned_s: float | None = None
    double_s: float | None = None


def faults_before(api: Client, kind: str) -> list[str]:
    """Why the kind is not whole, sentences; empty when it is."""
    found = api.kind(kind)
    counts = found["counts"]
    faults = [
        f"{counts[name]} resources are {name}" for name in ("unowned", "moving", "arriving") if counts[name]
    ]
    if not found["ready"] or found["orchestrating"]:
        faults.append("it is being orchestrated" if found["orchestrating"] else "it is not ready")
    faults += [
        f"the instance of shard {one['number']} is {one['health']}"
        for one in found["shards"]
        if one["health"] != "ok"
    ]
    return faults


def watch(api: Client, kind: str, strike: Callable[[], list[Struck]], within: float) -> Watch:
    """Strike, and look until all is whole again, or the time is over."""
    ledger, last = _ledger(api, kind), _last_event(api, kind)
    held = {one["number"]: one["used"] for one in api.kind(kind)["shards"]}
    began = time.monotonic()
    struck = strike()
    blows = [
        Blow(shard=one["shard"], incarnation=one["incarnation"], held=held.get(one["shard"], 0))
        for one in struck
    ]
    seen = Watch(struck=blows)
    looked = began
    while time.monotonic() - began < within:
        found = api.kind(kind)
        now = time.monotonic()
        seen.precision, looked = max(seen.precision, now - looked), now
        _look(seen.struck, found, now - began)
        if all(blow.owned is not None for blow in seen.struck) and not _is_broken(found):
            seen.whole = now - began
            break
        time.sleep(EVERY_S)
    _add_up(api, kind, seen, ledger)
    seen.moves = _moves_since(api, kind, last)
    return seen


def watch_leaders(api: Client, kind: str, within: float) -> LeaderWatch:
    """Have the leader resign, and look until the kind is led by the next."""
    instances = {one["number"]: one["incarnation"] for one in api.kind(kind)["shards"]}
    last = _last_event(api, kind)
    seen = LeaderWatch(before=api.overview()["epoch"])
    began = time.monotonic()
    # A follower that passes it on may see the office go before the answer comes: the next epoch tells.
    with suppress(Unavailable):
        seen.before = api.post("v1", "api", "leader", "resign")["epoch"]
    while time.monotonic() - began < within:
        try:
            overview = api.overview()
            is_new = overview["epoch"] is not None and overview["epoch"] != seen.before
            if is_new and overview["standing"]["leads"] and api.kind(kind)["ready"]:
                seen.gap = seen.gap or time.monotonic() - began
                seen.after = overview["epoch"]
                _compare(api, kind, seen, instances, last)
                break
        except Unavailable:
            # Nobody leads, which is what is measured.
            pass
        time.sleep(EVERY_S)
    return seen


def _compare(api: Client, kind: str, seen: LeaderWatch, instances: dict[int, int], last: int) -> None:
    now = {one["number"]: one["incarnation"] for one in api.kind(kind)["shards"]}
    seen.restarted = sum(now.get(number) != incarnation for number, incarnation in instances.items())
    seen.moves = _moves_since(api, kind, last)
    _add_up(api, kind, seen, (0.0, 0.0))


def _look(blows: list[Blow], found: Kind, after: float) -> None:
    shards = {one["number"]: one for one in found["shards"]}
    for blow in blows:
        one = shards.get(blow.shard)
        if one is None:
            continue
        is_next = one["incarnation"] > blow.incarnation
        if blow.noticed is None and (
            is_next or one["instance"] != "live" or one["health"] not in ("ok", "late")
        ):
            blow.noticed = after
        if blow.replaced is None and is_next and one["instance"] == "live":
            blow.replaced = after
        said = one["acknowledged"]
        # A kind whose workers cannot acknowledge is owned again when its instance is well.
        is_said = said is None or said >= one["generation"]
        if blow.owned is None and blow.replaced is not None and one["health"] == "ok" and is_said:
            blow.owned = after


def _is_broken(found: Kind) -> bool:
    counts = found["counts"]
    return bool(counts["unowned"] or counts["arriving"] or counts["moving"])


def _ledger(api: Client, kind: str) -> tuple[float, float] | None:
    """Unowned and double-owned id-seconds so far; None where the server does not say."""
    try:
        found = api.coverage(kind)
        return float(found["unownedSeconds"]), float(found["doubleOwnedSeconds"])
    except (ClientError, KeyError, TypeError):
        return None


def _add_up(api: Client, kind: str, seen: Watch | LeaderWatch, before: tuple[float, float] | None) -> None:
    after = _ledger(api, kind)
    if before is not None and after is not None:
        seen.unowned_s, seen.double_s = (max(0.0, b - a) for a, b in zip(before, after, strict=True))


def _last_event(api: Client, kind: str) -> int:
    items = api.events(kind=kind, limit=1)
    return int(items[0]["sequence"]) if items else 0


def _moves_since(api: Client, kind: str, last: int) -> int:
    items = api.events(kind=kind, verb="move", limit=500)
    return sum(int(one["count"] or 1) for one in items if one["sequence"] > last)
