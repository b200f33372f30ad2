"""``shardwright get``: lists."""

from __future__ import annotations

import time
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.cli.address import KindArgument, ListOption, ServerOption, UiOption, connect
from orchestrator.cli.console import link
from orchestrator.cli.coverage import all_kinds
from orchestrator.cli.known_kinds import known_kinds
from orchestrator.cli.lists import instance_rows, kind_rows, shard_rows
from orchestrator.cli.pins import ORPHANED
from orchestrator.cli.plan import plans
from orchestrator.cli.printing import Output, columns, show
from orchestrator.cli.words import DASH, clock, slot, state

if TYPE_CHECKING:
    from shardwright_client import Client

app = typer.Typer(
    help="List kinds, shards, instances, resources, plans, pins or coverage.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

SomeKind = Annotated[
    str | None, typer.Argument(metavar="KIND", help="Only of this kind.", autocompletion=known_kinds)
]


@app.command()
def kinds(server: ServerOption = None, output: ListOption = Output.TABLE, ui: UiOption = False) -> None:
    """List the kinds and how their resources stand."""
    if ui:
        return link(server)
    found = connect(server).kinds()
    table = columns(*kind_rows(found, is_wide=output is Output.WIDE))
    return show(output, found, table, [one["kind"] for one in found])


@app.command()
def shards(
    kind: SomeKind = None,
    server: ServerOption = None,
    output: ListOption = Output.TABLE,
    ui: UiOption = False,
) -> None:
    """List the shards, their load and their instances."""
    if ui:
        return link(server, *(("kinds", kind) if kind else ()))
    api = connect(server)
    found = [shard for name in names(api, kind) for shard in api.shards(name)]
    table = columns(*shard_rows(found, of_all=kind is None, is_wide=output is Output.WIDE))
    return show(output, found, table, [f"{one['kind']}/{one['number']}" for one in found])


@app.command()
def instances(
    kind: SomeKind = None,
    server: ServerOption = None,
    output: ListOption = Output.TABLE,
    ui: UiOption = False,
) -> None:
    """List what the runtime runs."""
    if ui:
        return link(server, "instances")
    found = connect(server).instances(kind)
    table = columns(*instance_rows(found, time.time(), is_wide=output is Output.WIDE))
    return show(output, found, table, [f"{one['kind']}/{one['shard']}" for one in found])


@app.command()
def resources(
    kind: KindArgument,
    shard: Annotated[int | None, typer.Option("--shard", min=0, help="Only on this shard.")] = None,
    state_: Annotated[
        str | None, typer.Option("--state", help="Only in this state, such as owned, moving, unowned.")
    ] = None,
    prefix: Annotated[str | None, typer.Option("--prefix", help="Only ids that begin so.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 100,
    server: ServerOption = None,
    output: ListOption = Output.TABLE,
    ui: UiOption = False,
) -> None:
    """List resources in the order of their ids."""
    if ui:
        return link(server, "kinds", kind, "resources")
    api = connect(server)
    found = list(islice(api.resources(kind, shard=shard, state=state_, q=prefix), limit))
    now = time.time()
    rows = [
        (
            one["id"],
            state(one["state"]),
            slot(one["shard"]),
            slot(one["to"]),
            clock(one["since"], now) if one["since"] else DASH,
        )
        for one in found
    ]
    table = columns(("ID", "STATE", "SHARD", "TO", "SINCE"), rows)
    return show(output, found, table, [one["id"] for one in found])


app.command()(plans)


@app.command()
def pins(
    kind: SomeKind = None,
    orphaned: Annotated[
        bool, typer.Option("--orphaned", help="Only those of resources that the catalog does not list.")
    ] = False,
    server: ServerOption = None,
    output: ListOption = Output.TABLE,
) -> None:
    """List the pinned resources, and how far each pin is met."""
    api = connect(server)
    found: list[dict[str, Any]] = [
        {"kind": name, **one}
        for name in names(api, kind)
        for one in api.pins(name)
        if one["state"] == ORPHANED or not orphaned
    ]
    rows = [(one["kind"], one["id"], str(one["shard"]), one["state"], one["detail"]) for one in found]
    table = columns(("KIND", "ID", "SHARD", "STATE", "DETAIL"), rows)
    show(output, found, table, [one["id"] for one in found])


app.command("coverage")(all_kinds)


def names(api: Client, kind: str | None) -> list[str]:
    """That kind, or all kinds."""
    return [kind] if kind else [each["kind"] for each in api.kinds()]
