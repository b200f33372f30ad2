"""``shardwright explain``: who owns an id, and why."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from orchestrator.cli.address import KindArgument, OutputOption, ServerOption, connect
from orchestrator.cli.failure import Exit
from orchestrator.cli.printing import Output, show
from orchestrator.cli.words import duration, state


def explain(
    kind: KindArgument,
    resource: Annotated[str, typer.Argument(metavar="ID", help="The id of a resource.")],
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Tell who owns a resource and why. Exits 1 when nobody does."""
    found = connect(server).get("v1", "api", "kinds", kind, "resources", resource)
    show(output, found, lines(found, time.time()))
    raise typer.Exit(Exit.OK if found["shard"] is not None else Exit.FAILED)


def lines(found: dict[str, Any], now: float) -> Iterator[str]:
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


def _owner(found: dict[str, Any], now: float) -> str:
    if found["shard"] is None:
        return "nobody"
    instance = f"{found['runIn']} #{found['incarnation']}" if found["runIn"] else "no instance"
    said = [f"shard {found['shard']}", instance]
    if found["acknowledged"] is not None:
        said.append(f"acknowledged {found['acknowledged']} of {found['generation']}")
    if found["since"]:
        said.append(f"{duration(now - found['since'])} ago")
    return ", ".join(said)
