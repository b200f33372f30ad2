"""``shardwright logs``: what an instance wrote."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from orchestrator.cli.address import OutputOption, ServerOption, connect
from orchestrator.cli.printing import Output, show


def logs(
    shard: Annotated[str, typer.Argument(metavar="KIND/SHARD", help="A shard, such as Thing/17.")],
    lines: Annotated[
        int, typer.Option("--lines", "-n", min=1, max=2000, help="The last so many lines.")
    ] = 100,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Print the last lines that the instance of a shard wrote."""
    named = re.fullmatch(r"([A-Za-z][A-Za-z0-9_.-]*)/(\d{1,9})", shard)
    if not named:
        raise typer.BadParameter(f"{shard!r} is not a shard such as Thing/17", param_hint="KIND/SHARD")
    answer = connect(server).get("v1", "api", "instances", named[1], named[2], "logs", lines=lines)
    show(output, answer, [str(line).replace("\t", "    ") for line in answer["items"]])
