"""``shardwright place``: where the instances of a kind run, and that they run elsewhere now."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from orchestrator.cli.address import DryRunOption, KindArgument, OutputOption, ServerOption, connect
from orchestrator.cli.failure import Exit, Failure, tell
from orchestrator.cli.printing import Output, show, tried

app = typer.Typer(help="Show or change where instances run.", no_args_is_help=True, rich_markup_mode=None)


@app.command("show")
def show_place(kind: KindArgument, server: ServerOption = None, output: OutputOption = Output.TABLE) -> None:
    """Show where the store says that the instances of a kind run."""
    found = connect(server).kind(kind)["place"]
    show(output, {"kind": kind, "place": found}, [f"{kind}  {found or 'not known'}"])


@app.command()
def accept(
    kind: KindArgument,
    instead_of: Annotated[
        str | None, typer.Option("--instead-of", help="The place, as `place show` names it.")
    ] = None,
    dry_run: DryRunOption = False,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Run the instances of a kind where the leader sees them: nothing runs at the former place any more.

    Without --instead-of it shows the place and asks.
    """
    api = connect(server)
    if instead_of is None:
        instead_of = api.kind(kind)["place"]
        tell(f"the store says that the instances of {kind} run in {instead_of or 'no place yet'}")
        if not sys.stdin.isatty():
            raise typer.BadParameter("give --instead-of, or call it from a terminal")
        if not typer.confirm("Does none of them run there any more?", err=True):
            raise Failure(Exit.REFUSED, "nothing was changed")
    done = api.accept_place(kind, instead_of=instead_of, dry_run=dry_run)
    show(output, done, tried(dry_run, [f"{kind}  {done['place']}"]))
