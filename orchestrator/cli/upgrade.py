"""``shardwright upgrade``: which layout the store has, and its conversion once no older version is needed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from orchestrator.cli.address import DryRunOption, OutputOption, ServerOption, connect
from orchestrator.cli.printing import Output, show, tried
from orchestrator.cli.words import DASH

if TYPE_CHECKING:
    from shardwright_client.answers import StoreLayout

app = typer.Typer(
    help="Show the layout of the store, and convert it to a newer one.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("status")
def show_layout(server: ServerOption = None, output: OutputOption = Output.TABLE) -> None:
    """Show the layout of the store, and which layouts each replica reads and writes."""
    found = connect(server).store_layout()
    show(output, found, lines(found))


@app.command()
def finalize(
    dry_run: DryRunOption = False, server: ServerOption = None, output: OutputOption = Output.TABLE
) -> None:
    """Convert the store to the newest layout. An older version cannot lead from then on.

    Refused while a replica is seen that does not know that layout. The leader gives up its office for it, and
    who leads next converts the store before it opens its kinds; instances go on meanwhile.
    """
    done = connect(server).finalize_upgrade(dry_run=dry_run)
    show(output, done, tried(dry_run, lines(done)))


def lines(found: StoreLayout) -> Iterator[str]:
    """The layout as lines: what is there, who knows what, and whether more can be done."""
    coming = "" if found["next"] is None else f", being converted to {found['next']}"
    yield f"LAYOUT    {found['layout']}{coming}"
    yield f"SERVER    {_span(found['oldest'], found['newest'])}"
    for one in found["replicas"]:
        known = _span(one["oldest"], one["newest"])
        yield f"REPLICA   {one['holder'] or DASH}  {one['url'] or DASH}  {known}"
    yield f"FINALIZE  {'yes' if found['canFinalize'] else 'no'}: {found['why']}"


def _span(oldest: int, newest: int) -> str:
    return f"layout {newest}" if oldest == newest else f"layouts {oldest} to {newest}"
