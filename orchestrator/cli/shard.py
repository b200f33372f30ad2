"""``shardwright shard``: labels and bounds of one shard."""

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
from orchestrator.cli.words import number as shown

app = typer.Typer(help="Set labels and bounds of a shard.", no_args_is_help=True, rich_markup_mode=None)


@app.command("set")
def set_(
    shard: ShardArgument,
    number: ShardNumberArgument = None,
    label: Annotated[
        list[str] | None,
        typer.Option("--label", metavar="NAME=VALUE", help="A label; NAME= takes it away. Repeatable."),
    ] = None,
    capacity: Annotated[
        list[str] | None,
        typer.Option(
            "--capacity",
            metavar="DIMENSION=N",
            help="What the shard holds, of count or of a dimension; DIMENSION= follows the kind again.",
        ),
    ] = None,
    dry_run: DryRunOption = False,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Set labels and bounds of a shard. Nothing moves by it: the next orchestration does what follows."""
    kind, number = shard_of(shard, number)
    if not label and not capacity:
        raise typer.BadParameter("name at least one", param_hint="--label or --capacity")
    done = connect(server).set_shard(
        kind,
        number,
        labels={name: value or None for name, value in _pairs(label, "--label")},
        capacity={name: _whole(value) for name, value in _pairs(capacity, "--capacity")},
        dry_run=dry_run,
    )
    labels = ", ".join(f"{name}={value}" for name, value in sorted(done["labels"].items())) or "no labels"
    holds = ", ".join(f"{name} {shown(most)}" for name, most in done["capacity"].items())
    show(output, done, tried(dry_run, [f"{kind}/{number}  {labels}; holds {holds}"]))


def _pairs(given: list[str] | None, option: str) -> list[tuple[str, str]]:
    pairs = []
    for text in given or ():
        name, separator, value = text.partition("=")
        if not separator or not name:
            raise typer.BadParameter(f"{text!r} is not NAME=VALUE", param_hint=option)
        pairs.append((name, value))
    return pairs


def _whole(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 16):
        raise typer.BadParameter(f"{text!r} is not a whole number of zero or more", param_hint="--capacity")
    return int(text)
