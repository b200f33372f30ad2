"""``shardwright pin`` and ``unpin``: resources that are to stand on one shard and no other."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestrator.cli.address import KindArgument, OutputOption, ServerOption, connect
from orchestrator.cli.printing import Output, show

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The resource, exactly.")]
NumberArgument = Annotated[int, typer.Argument(metavar="SHARD", help="The number of the shard.", min=0)]


def pin(
    kind: KindArgument,
    resource: IdArgument,
    shard: NumberArgument,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Pin a resource to a shard. If it stands elsewhere, the next orchestration moves it there."""
    done = connect(server).put("v1", "api", "kinds", kind, "pins", resource, body={"shard": shard})
    rest = f": {done['detail']}" if done["detail"] else ""
    show(output, done, [f"{kind}  {done['id']} is pinned to shard {done['shard']}, {done['state']}{rest}"])


def unpin(
    kind: KindArgument, resource: IdArgument, server: ServerOption = None, output: OutputOption = Output.TABLE
) -> None:
    """Let a resource stand on any shard again. It stays where it is until something moves it."""
    done = connect(server).delete("v1", "api", "kinds", kind, "pins", resource)
    show(output, done, [f"{kind}  {done['id']} is pinned no more"])
