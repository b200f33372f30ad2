"""``shardwright removals``: what vanished from the catalog in such numbers that a person must allow it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.address import DryRunOption, KindArgument, OutputOption, ServerOption, connect
from orchestrator.cli.failure import Exit, Failure, tell
from orchestrator.cli.printing import Output, show, tried
from orchestrator.cli.words import duration, number

if TYPE_CHECKING:
    from shardwright_client import Client
    from shardwright_client.answers import Held

app = typer.Typer(help="Show or allow removals that wait.", no_args_is_help=True, rich_markup_mode=None)


@app.command("show")
def show_held(kind: KindArgument, server: ServerOption = None, output: OutputOption = Output.TABLE) -> None:
    """Show the removals that wait for a person. Exits 1 when there are some."""
    held = connect(server).removals(kind)
    show(output, held, lines(kind, held, time.time()))
    raise typer.Exit(Exit.FAILED if held else Exit.OK)


@app.command()
def accept(
    kind: KindArgument,
    digest: Annotated[
        str | None, typer.Option("--digest", help="The set, as `removals show` names it.")
    ] = None,
    count: Annotated[int | None, typer.Option("--count", help="How many it holds.")] = None,
    dry_run: DryRunOption = False,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Let exactly the removals that were shown go, once. Without --digest it shows them and asks."""
    api = connect(server)
    if (digest is None) != (count is None):
        raise typer.BadParameter("--digest and --count belong together")
    if digest is None or count is None:
        digest, count = _asked(api, kind)
    done = api.accept_removals(kind, digest=digest, count=count, dry_run=dry_run)
    show(output, done, tried(dry_run, [f"{kind}  {number(done['released'])} removed"]))


def lines(kind: str, held: Held | None, now: float) -> Iterator[str]:
    """What is held, as lines."""
    if held is None:
        yield f"{kind}  no removals wait"
        return
    age = duration(now - held["since"])
    yield f"{kind}  HELD {number(held['count'])} removals for {age}: {held['reason']}"
    for each in held["sample"]:
        yield f"  {each}"
    if held["count"] > len(held["sample"]):
        yield f"  and {number(held['count'] - len(held['sample']))} more"
    yield f"accept: shardwright removals accept {kind} --digest {held['digest']} --count {held['count']}"


def _asked(server: Client, kind: str) -> tuple[str, int]:
    held = server.removals(kind)
    if held is None:
        raise Failure(Exit.FAILED, f"no removals of {kind} wait")
    tell(*lines(kind, held, time.time()))
    if not sys.stdin.isatty():
        raise typer.BadParameter("give --digest and --count, or call it from a terminal")
    if not typer.confirm(f"Remove these {number(held['count'])} resources of {kind}?", err=True):
        raise Failure(Exit.REFUSED, "nothing was removed")
    return held["digest"], held["count"]
