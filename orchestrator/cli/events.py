"""``shardwright events``: what came in and what was decided."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.address import KindOption, OutputOption, ServerOption, UiOption, connect
from orchestrator.cli.console import link
from orchestrator.cli.failure import tell
from orchestrator.cli.moment_of import moment_of
from orchestrator.cli.printing import Output, say, show
from orchestrator.cli.words import clock, number, slot

if TYPE_CHECKING:
    from shardwright_client import Client
    from shardwright_client.answers import Event

PAGE = 500
MOST_PAGES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which lines; None and empty: any."""

    kind: str | None = None
    shard: int | None = None
    resource: str | None = None
    verb: str | None = None
    reason: str | None = None
    since: int | None = None
    until: int | None = None
    plan: str | None = None

    def includes(self, event: Event) -> bool:
        # The stream is one for all; what was asked for is chosen here. A line names at most 128 of its ids.
        if self.kind is not None and event["kind"] != self.kind:
            return False
        if self.shard is not None and self.shard not in (event["shard"], event["to"]):
            return False
        if self.verb is not None and event["verb"] != self.verb:
            return False
        if self.reason is not None and event["reason"] != self.reason:
            return False
        if self.since is not None and event["at"] < self.since:
            return False
        if self.plan is not None and not re.search(rf"\bplan {self.plan}\b", event["detail"]):
            return False
        return self.resource is None or self.resource in event["ids"]


def events(
    kind: KindOption = None,
    shard: Annotated[int | None, typer.Option("--shard", help="Only of this shard.", min=0)] = None,
    resource: Annotated[str | None, typer.Option("--id", help="Only of this resource.")] = None,
    verb: Annotated[str | None, typer.Option("--verb", help="Only this verb, such as move.")] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Only this reason, such as silent.")] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="WHEN", help="From then on: 6h (ago) or 2026-11-22T03:10."),
    ] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="WHEN", help="Only before then.")] = None,
    plan: Annotated[
        str | None, typer.Option("--plan", metavar="N", help="Only what was done to this plan: 7 or p-7.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="The newest so many.")] = 100,
    follow: Annotated[
        bool, typer.Option("-f", "--follow", help="Go on with what happens, until interrupted.")
    ] = False,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
    ui: UiOption = False,
) -> None:
    """Print the history, oldest first. With -f and -o json it is one line of JSON an event."""
    if ui:
        return link(server, "events")
    api = connect(server)
    if follow and until is not None:
        raise typer.BadParameter("-f goes on; --until would end it", param_hint="--until")
    wanted = Wanted(
        kind=kind,
        shard=shard,
        resource=resource,
        verb=verb,
        reason=reason,
        since=moment_of(since, time.time(), "--since"),
        until=moment_of(until, time.time(), "--until"),
        plan=_plan(plan),
    )
    if not follow:
        found = _newest(api, wanted, limit)
        return show(output, found, [line(event, time.time()) for event in found])
    seen = 0
    for event in _followed(api, wanted, limit):
        if event["sequence"] <= seen or not wanted.includes(event):
            continue
        seen = event["sequence"]
        if output.is_for_people:
            say([line(event, time.time())])
        else:
            sys.stdout.write(json.dumps(event, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    return None


def line(event: Event, now: float) -> str:
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


def _plan(text: str | None) -> str | None:
    """The number in it. Raises BadParameter."""
    if text is None:
        return None
    named = re.fullmatch(r"(?:p-|[A-Za-z][\w.-]*/)?([1-9]\d{0,8})", text, re.ASCII)
    if not named:
        raise typer.BadParameter(f"{text!r} is no plan such as 7 or p-7", param_hint="--plan")
    return named[1]


def _newest(api: Client, wanted: Wanted, limit: int) -> list[Event]:
    """The newest that are wanted, oldest first."""
    asked = {
        "kind": wanted.kind,
        "shard": wanted.shard,
        "id": wanted.resource,
        "verb": wanted.verb,
        "reason": wanted.reason,
        "since": wanted.since,
        "until": wanted.until,
    }
    if wanted.plan is None:
        return api.events(**asked, limit=limit)[::-1]  # type: ignore[arg-type]
    found: list[Event] = []
    before: int | None = None
    # The server cannot choose by plans: so many pages are looked through, and no more.
    for _ in range(MOST_PAGES):
        page = api.events(**asked, before=before, limit=PAGE)  # type: ignore[arg-type]
        found += [event for event in page if wanted.includes(event)]
        if len(page) < PAGE or len(found) >= limit:
            break
        before = page[-1]["sequence"]
    return found[:limit][::-1]


def _followed(api: Client, wanted: Wanted, limit: int) -> Iterator[Event]:
    """The history, then the lines of the stream; a stream that breaks is taken up where it broke."""
    for item in api.follow(broke=lambda _: tell("the stream broke, trying again")):
        if item.event == "hello":
            # Only now: what happens between the two answers is in both, and not in neither.
            yield from _newest(api, wanted, limit)
        elif item.event == "reload":
            tell("some events were missed")
        elif "verb" in item.data and "sequence" in item.data:
            event: Event = item.data  # type: ignore[assignment]
            yield event
