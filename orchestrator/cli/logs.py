"""``shardwright logs``: what an instance wrote."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestrator.cli.address import OutputOption, ServerOption, ShardArgument, connect, shard_of
from orchestrator.cli.printing import Output, show


def logs(
    shard: ShardArgument,
    lines: Annotated[
        int, typer.Option("--lines", "-n", min=1, max=2000, help="The last so many lines.")
    ] = 100,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Print the last lines that the instance of a shard wrote."""
    kind, number = shard_of(shard)
    answer = connect(server).get("v1", "api", "instances", kind, number, "logs", lines=lines)
    show(output, answer, [str(line).replace("\t", "    ") for line in answer["items"]])
