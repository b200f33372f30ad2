"""``shardwright fence``: a lost instance given up, on the word of a person who has made sure of its end."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestrator.cli.address import (
    DryRunOption,
    OutputOption,
    ServerOption,
    ShardArgument,
    ShardNumberArgument,
    connect,
    shard_of,
)
from orchestrator.cli.printing import Output, show, tried


def fence(
    shard: ShardArgument,
    uid: Annotated[str, typer.Option("--uid", help="Which one, as `get instances -o json` names it.")],
    number: ShardNumberArgument = None,
    dry_run: DryRunOption = False,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Give up an instance of which the runtime knows nothing any more.

    Such as one on a node that is lost.

    Call it when you have made sure that it runs no more, by turning its machine off, say. Its shard gets the
    next instance at once; if the old one runs on, both serve the same resources.
    """
    kind, number = shard_of(shard, number)
    done = connect(server).fence(kind, number, uid=uid, dry_run=dry_run)
    show(output, done, tried(dry_run, [f"{kind}/{number}  {uid} is given up"]))
