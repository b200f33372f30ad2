"""``shardwright quarantine``: resources that end their instances, and are served by nobody for that."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.address import (
    DryRunOption,
    KindArgument,
    ListOption,
    OutputOption,
    ServerOption,
    connect,
)
from orchestrator.cli.failure import Exit
from orchestrator.cli.printing import Output, show, tried
from orchestrator.cli.words import duration

if TYPE_CHECKING:
    from shardwright_client.answers import Quarantined

app = typer.Typer(
    help="Show, add or lift resources in quarantine.", no_args_is_help=True, rich_markup_mode=None
)

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The resource, exactly.")]


@app.command("list")
def list_(kind: KindArgument, server: ServerOption = None, output: ListOption = Output.TABLE) -> None:
    """Show who is in quarantine, until when and why. Exits 1 when there is anybody."""
    found = connect(server).quarantine(kind)
    show(output, found, lines(kind, found, time.time()), [one["id"] for one in found])
    raise typer.Exit(Exit.FAILED if found else Exit.OK)


@app.command()
def add(
    kind: KindArgument,
    resource: IdArgument,
    seconds: Annotated[
        float | None, typer.Option("--for", metavar="SECONDS", help="How long, else the kind's own time.")
    ] = None,
    why: Annotated[str, typer.Option("--why", help="What is to be told to others.")] = "",
    dry_run: DryRunOption = False,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Put a resource into quarantine. Its owner lets go of it, and nobody gets it until its time is over."""
    done = connect(server).set_apart(kind, resource, why=why, seconds=seconds, dry_run=dry_run)
    show(output, done, tried(dry_run, lines(kind, [done], time.time())))


@app.command()
def lift(
    kind: KindArgument,
    resource: IdArgument,
    dry_run: DryRunOption = False,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Take a resource out of quarantine: it is placed again at once."""
    done = connect(server).lift(kind, resource, dry_run=dry_run)
    show(output, done, tried(dry_run, [f"{kind}  {done['id']} is lifted"]))


def lines(kind: str, found: list[Quarantined], now: float) -> Iterator[str]:
    """Who is in quarantine, as lines."""
    if not found:
        yield f"{kind}  nobody is in quarantine"
    for each in found:
        left = each["until"] - now
        rest = f"for {duration(left)} more" if left > 0 else "until it is tried again"
        where = rest if each["tried"] is None else f"is tried again since {duration(now - each['tried'])}"
        yield f"{kind}  {each['id']}  {where}, by {each['by']}, time {each['times']}"
        for line in each["evidence"]:
            yield f"  {line}"
