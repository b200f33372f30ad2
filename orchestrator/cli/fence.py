"""``shardwright fence``: a lost instance given up, on the word of a person who has made sure of its end."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestrator.cli.address import OutputOption, ServerOption, ShardArgument, connect, shard_of
from orchestrator.cli.printing import Output, show


def fence(
    shard: ShardArgument,
    uid: Annotated[str, typer.Option("--uid", help="Which one, as `get instances -o json` names it.")],
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Give up an instance of which the runtime knows nothing any more.

    Such as one on a node that is lost.

    Call it when you have made sure that it runs no more, by turning its machine off, say. Its shard gets the
    next instance at once; if the old one runs on, both serve the same resources.
    """
    kind, number = shard_of(shard)
    done = connect(server).post("v1", "api", "instances", kind, number, "fence", body={"uid": uid})
    show(output, done, [f"{kind}/{number}  {uid} is given up"])
