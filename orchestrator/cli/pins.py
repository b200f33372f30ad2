"""``shardwright pin`` and ``unpin``: resources that are to stand on one shard and no other."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestrator.cli.address import DryRunOption, KindArgument, OutputOption, ServerOption, connect
from orchestrator.cli.printing import Output, show, tried

ORPHANED = "orphaned"
"""The state of a pin whose resource the catalog does not list."""

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The resource, exactly.")]
NumberArgument = Annotated[int, typer.Argument(metavar="SHARD", help="The number of the shard.", min=0)]


def pin(
    kind: KindArgument,
    resource: IdArgument,
    shard: NumberArgument,
    dry_run: DryRunOption = False,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Pin a resource to a shard. If it stands elsewhere, the next orchestration moves it there."""
    done = connect(server).pin(kind, resource, shard, dry_run=dry_run)
    rest = f": {done['detail']}" if done["detail"] else ""
    line = f"{kind}  {done['id']} is pinned to shard {done['shard']}, {done['state']}{rest}"
    show(output, done, tried(dry_run, [line]))


def unpin(
    kind: KindArgument,
    resource: Annotated[str | None, typer.Argument(metavar="ID", help="The resource, exactly.")] = None,
    orphaned: Annotated[
        bool, typer.Option("--orphaned", help="All pins of resources that the catalog does not list.")
    ] = False,
    dry_run: DryRunOption = False,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Let a resource stand on any shard again. It stays where it is until something moves it."""
    if (resource is None) is not orphaned:
        raise typer.BadParameter("give an ID, or --orphaned")
    api = connect(server)
    if resource is not None:
        done = api.unpin(kind, resource, dry_run=dry_run)
        show(output, done, tried(dry_run, [f"{kind}  {done['id']} is pinned no more"]))
        return
    gone = [one for one in api.pins(kind) if one["state"] == ORPHANED]
    for one in gone:
        api.unpin(kind, one["id"], dry_run=dry_run)
    lines = [f"{kind}  {one['id']} is pinned no more" for one in gone] or [f"{kind}  no pin is orphaned"]
    show(output, gone, tried(dry_run, lines))
