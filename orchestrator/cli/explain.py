"""``shardwright explain``: who owns an id, why it is there, and why not elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.cli.address import OutputOption, ServerOption, UiOption, connect
from orchestrator.cli.console import link
from orchestrator.cli.failure import Exit, Failure
from orchestrator.cli.known_kinds import known_kinds
from orchestrator.cli.printing import Output, columns, show
from orchestrator.cli.words import DASH, clock, duration, number, slot, state
from shardwright_client import Unavailable

if TYPE_CHECKING:
    from shardwright_client import Client
    from shardwright_client.answers import Resource

SHOWN = 12


def explain(
    first: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help="Its kind; or the id alone, whose kind is looked for.",
            autocompletion=known_kinds,
        ),
    ],
    second: Annotated[str | None, typer.Argument(metavar="ID", help="The id of a resource.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Show every shard and the whole history.")] = False,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
    ui: UiOption = False,
) -> None:
    """Tell who owns a resource and why, and why no other shard does. Exits 1 when nobody does.

    With the id alone its kind is looked for.
    """
    api = connect(server)
    kind, resource = (first, second) if second is not None else (_kind_of(api, first), first)
    if ui:
        return link(server, "kinds", kind, "resources", resource)
    try:
        answer: Mapping[str, Any] = api.explain(kind, resource)
    except Unavailable:
        # Nobody leads: what the store says of it can be had all the same.
        answer = {"resource": api.resource(kind, resource)}
    found: Resource = answer["resource"]
    rest = {name: value for name, value in answer.items() if name != "resource"}
    shown = [*lines(found, time.time()), *reasons(rest, time.time(), every=every)]
    show(output, {**found, **rest}, shown)
    raise typer.Exit(Exit.OK if found["shard"] is not None else Exit.FAILED)


def _kind_of(api: Client, resource: str) -> str:
    """The one kind that has a resource of this id. Raises Failure."""
    found = [one["kind"] for one in api.find(resource)]
    if len(found) != 1:
        said = f"kinds that have it: {', '.join(found)}" if found else "no kind has it"
        hint = [f"shardwright explain {kind} {resource}" for kind in found]
        raise Failure(Exit.FAILED, f"{resource} is not one resource", said, hint)
    return found[0]


def lines(found: Resource, now: float) -> Iterator[str]:
    """The answer as lines."""
    yield f"{found['kind']} {found['id']} -> {_owner(found, now)}"
    yield f"STATE  {state(found['state'])}"
    why = "; ".join(part for part in (found["reason"], found["detail"]) if part)
    if why:
        yield f"WHY    {why}"
    if found["to"] is not None:
        yield f"GOES   to shard {found['to']}, once the owner has let go of it"
    if found["inCatalog"] is not True:
        is_unknown = found["inCatalog"] is None
        yield "NOTE   " + ("the catalog is UNKNOWN" if is_unknown else "the catalog does not list it")


def reasons(found: dict[str, Any], now: float, *, every: bool) -> Iterator[str]:
    """Why no other shard, what a move waits for, and how it came here; nothing where nobody could tell."""
    if not found:
        return
    if found["unservedS"] is not None:
        yield f"NOBODY serves it for {duration(found['unservedS'])}: {found['unservedWhy']}"
    if weights := found.get("weights"):
        yield f"WEIGHS {', '.join(map(_weight, weights))}"
    for one in found["waits"]:
        age = "" if one["forS"] is None else f" (for {duration(one['forS'])})"
        ends = "" if one["until"] is None else f" (until {clock(one['until'], now)})"
        yield f"WAITS  {one['code']}: {one['sentence']}{age}{ends}"
    opinions, history = found["shards"], found["history"]
    yield ""
    yield from columns(("SHARD", "IS", "SCORE", "WHY"), [_opinion(one) for one in _some(opinions, every)])
    yield from _left_out(opinions, every, "shards")
    yield ""
    if history:
        rows = [_line(one, now) for one in _some(history, every)]
        yield from columns(("WHEN", "VERB", "REASON", "SHARD", "TO", "BY", "DETAIL"), rows)
        yield from _left_out(history, every, "lines")
    else:
        yield f"HISTORY {found['historyTrouble'] or 'none: the journal is bounded, or it is new'}"


def _some(items: list[dict[str, Any]], every: bool) -> list[dict[str, Any]]:
    return items if every else items[:SHOWN]


def _left_out(items: list[dict[str, Any]], every: bool, what: str) -> Iterator[str]:
    if not every and len(items) > SHOWN:
        yield f"... and {number(len(items) - SHOWN)} more {what}: --all"


def _opinion(one: dict[str, Any]) -> tuple[str, ...]:
    role = "" if one["role"] == "other" else one["role"].upper()
    score = DASH if one["score"] is None else f"{one['score']:.4f}"
    why = f"{one['code']}: {one['sentence']}" if one["code"] else one["sentence"]
    return str(one["shard"]), role, score, why


def _weight(one: dict[str, Any]) -> str:
    return f"{one['name']} {number(one['value'])}" + (" (reported)" if one["reported"] else "")


def _line(one: dict[str, Any], now: float) -> tuple[str, ...]:
    return (
        clock(one["at"], now),
        one["verb"],
        one["reason"],
        slot(one["shard"]),
        slot(one["to"]),
        one["actor"] or DASH,
        one["detail"],
    )


def _owner(found: Resource, now: float) -> str:
    if found["shard"] is None:
        return "nobody"
    instance = f"{found['runIn']} #{found['incarnation']}" if found["runIn"] else "no instance"
    said = [f"shard {found['shard']}", instance]
    if found["acknowledged"] is not None:
        said.append(f"acknowledged {found['acknowledged']} of {found['generation']}")
    if found["since"]:
        said.append(f"{duration(now - found['since'])} ago")
    return ", ".join(said)
