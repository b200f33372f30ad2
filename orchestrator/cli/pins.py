"""``shardwright pin`` and ``unpin``: resources that are to stand on one shard and no other."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestrator.cli.address import DryRunOption, KindArgument, OutputOption, ServerOption, connect
from orchestrator.cli.printing import Output, show, tried

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
    resource: IdArgument,
    dry_run: DryRunOption = False,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Let a resource stand on any shard again. It stays where it is until something moves it."""
    done = connect(server).unpin(kind, resource, dry_run=dry_run)
    show(output, done, tried(dry_run, [f"{kind}  {done['id']} is pinned no more"]))
