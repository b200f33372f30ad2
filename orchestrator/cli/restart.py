"""``shardwright restart`` and ``drain``: an instance begins anew; a shard gives up what it has."""

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
from orchestrator.cli.watch import until, watched
from orchestrator.cli.words import number as shown

WatchOption = Annotated[
    bool, typer.Option("--watch", "-w", help="Wait until the kind is whole again; exits 1 when it is not.")
]


def restart(
    shard: ShardArgument,
    number: ShardNumberArgument = None,
    incarnation: Annotated[
        int | None, typer.Option("--incarnation", min=1, help="Only this one; else whichever runs.")
    ] = None,
    watch: WatchOption = False,
    dry_run: DryRunOption = False,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """End the instance of a shard, so that the next one takes its place. It is asked to, and may let go."""
    kind, number = shard_of(shard, number)
    api = connect(server)
    done = api.restart(kind, number, incarnation=incarnation, dry_run=dry_run)
    line = f"{kind}/{number}  incarnation {done['incarnation']} is asked to end"
    show(output, done, tried(dry_run, [line]))
    if watch and not dry_run:
        watched(api, kind, until("owned"), 300.0, is_data=output.is_for_people)


def drain(
    shard: ShardArgument,
    number: ShardNumberArgument = None,
    undo: Annotated[
        bool, typer.Option("--undo", help="Have a shard that is being drained stay with what it still has.")
    ] = False,
    watch: WatchOption = False,
    dry_run: DryRunOption = False,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Hand all that a shard owns to the others; then it ends. Refused where they have no room for it."""
    kind, number = shard_of(shard, number)
    api = connect(server)
    line = f"{kind}/{number}  "
    if undo:
        kept = api.undrain(kind, number, dry_run=dry_run)
        show(output, kept, tried(dry_run, [f"{line}stays, with {shown(kept['ids'])} ids"]))
    else:
        done = api.drain(kind, number, dry_run=dry_run)
        others = (
            f"{shown(done['ids'])} ids to {shown(done['toShards'])} shards, about {shown(done['each'])} each"
        )
        show(output, done, tried(dry_run, [f"{line}hands over {others}"]))
    if watch and not dry_run:
        watched(api, kind, until("settled"), 300.0, is_data=output.is_for_people)
