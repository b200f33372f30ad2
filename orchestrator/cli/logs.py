"""``shardwright logs``: what an instance wrote."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.address import (
    OutputOption,
    ServerOption,
    ShardArgument,
    ShardNumberArgument,
    UiOption,
    connect,
    shard_of,
)
from orchestrator.cli.console import link
from orchestrator.cli.failure import tell
from orchestrator.cli.printing import Output, say, show
from shardwright_client import Unavailable

if TYPE_CHECKING:
    from shardwright_client import Client
    from shardwright_client.answers import Logs

EVERY_S = 1.0
MOST = 2000


def logs(
    shard: ShardArgument,
    number: ShardNumberArgument = None,
    lines: Annotated[
        int, typer.Option("--lines", "-n", min=1, max=MOST, help="The last so many lines.")
    ] = 100,
    follow: Annotated[
        bool, typer.Option("-f", "--follow", help="Go on with what it writes, until interrupted.")
    ] = False,
    previous: Annotated[
        bool, typer.Option("-p", "--previous", help="What the instance before this one wrote.")
    ] = False,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
    ui: UiOption = False,
) -> None:
    """Print the last lines that the instance of a shard wrote. The log goes on through all its instances."""
    kind, number = shard_of(shard, number)
    if ui:
        return link(server, "instances", kind, str(number))
    if follow and (previous or not output.is_for_people):
        raise typer.BadParameter("-f goes with neither --previous nor -o", param_hint="-f")
    api = connect(server, patient=not follow)
    answer = api.logs(kind, number, lines=lines, previous=previous)
    if not follow:
        return show(output, answer, [_plain(line) for line in answer["items"]])
    while True:
        say([_plain(line) for line in answer["items"]])
        sys.stdout.flush()
        answer = _next(api, kind, number, answer["next"])


def _next(api: Client, kind: str, number: int, after: str | None) -> Logs:
    """What came since, once it can be had. Raises Refused, such as for a shard that is there no more."""
    while True:
        time.sleep(EVERY_S)
        try:
            answer = api.logs(kind, number, lines=MOST, after=after)
        except Unavailable as error:
            tell(f"{error}, trying again")
            continue
        if not answer["complete"]:
            tell("some lines were missed")
        return answer


def _plain(line: str) -> str:
    return line.replace("\t", "    ")
