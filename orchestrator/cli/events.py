"""``shardwright events``: what came in and what was decided."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.cli.address import OutputOption, ServerOption, connect
from orchestrator.cli.failure import Exit, Failure, tell
from orchestrator.cli.printing import Output, say, show
from orchestrator.cli.words import clock, number, slot

if TYPE_CHECKING:
    from orchestrator.cli.client import Server

RETRY_S = 1.0
GIVE_UP_S = 30.0


def events(
    kind: Annotated[str | None, typer.Option("--kind", help="Only of this kind.")] = None,
    shard: Annotated[int | None, typer.Option("--shard", help="Only of this shard.", min=0)] = None,
    resource: Annotated[str | None, typer.Option("--id", help="Only of this resource.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="The newest so many.")] = 100,
    follow: Annotated[
        bool, typer.Option("-f", "--follow", help="Go on with what happens, until interrupted.")
    ] = False,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Print the history, oldest first."""
    api = connect(server)
    asked = {"kind": kind, "shard": shard, "id": resource, "limit": limit}
    if not follow:
        found = _page(api, asked)
        show(output, found, [line(event, time.time()) for event in found])
        return
    seen = 0
    for event in _followed(api, asked):
        if event["sequence"] <= seen or not _wanted(event, kind, shard, resource):
            continue
        seen = event["sequence"]
        if output is Output.TABLE:
            say([line(event, time.time())])
        else:
            sys.stdout.write(json.dumps(event, ensure_ascii=False) + "\n")
        sys.stdout.flush()


def line(event: dict[str, Any], now: float) -> str:
    """One line of the history: time, place, what, of which ids, why."""
    said = [clock(event["at"], now), slot(event["shard"], event["kind"]), event["verb"]]
    if event["to"] is not None:
        said.append(f"to={event['to']}")
    if event["count"] == 1 and event["ids"]:
        said.append(f"id={event['ids'][0]}")
    elif event["count"]:
        said.append(f"ids={number(event['count'])}")
    if event["reason"]:
        said.append(f"reason={event['reason']}")
    if event["actor"]:
        said.append(f"by={event['actor']}")
    if event["detail"]:
        said.append(json.dumps(event["detail"], ensure_ascii=False))
    return " ".join(said)


def _wanted(event: dict[str, Any], kind: str | None, shard: int | None, resource: str | None) -> bool:
    # The stream is one for all; what was asked for is chosen here. A line names at most 128 of its ids.
    if (kind is not None and event["kind"] != kind) or (
        shard is not None and shard not in (event["shard"], event["to"])
    ):
        return False
    return resource is None or resource in event["ids"]


def _page(server: Server, asked: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.get("v1", "api", "events", **asked)["items"]
    return found[::-1]


def _followed(server: Server, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The history, then the lines of the stream; a stream that breaks is taken up where it broke."""
    last: str | None = None
    lost_at: float | None = None
    has_begun = False
    while True:
        try:
            for item in server.stream(last):
                last, lost_at, has_begun = item.id or last, None, True
                if item.event == "hello":
                    # Only now: what happens between the two answers is in both, and not in neither.
                    yield from _page(server, asked)
                elif item.event == "reload":
                    tell("some events were missed")
                elif "verb" in item.data and "sequence" in item.data:
                    yield item.data
        except Failure as failure:
            is_over = lost_at is not None and time.monotonic() - lost_at > GIVE_UP_S
            # The first answer decides whether there is anything to follow.
            if failure.code is not Exit.UNAVAILABLE or is_over or not has_begun:
                raise
        if lost_at is None:
            lost_at = time.monotonic()
            tell("the stream broke, trying again")
        time.sleep(RETRY_S)
