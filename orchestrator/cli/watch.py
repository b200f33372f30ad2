"""``shardwright watch``: what happens to a kind, until it is as it is to be."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.address import KindArgument, ServerOption, UiOption, connect
from orchestrator.cli.bar import Bar
from orchestrator.cli.console import link
from orchestrator.cli.duration_of import seconds_of
from orchestrator.cli.events import line
from orchestrator.cli.failure import Exit, Failure, tell
from orchestrator.cli.printing import say
from orchestrator.cli.status import owned
from orchestrator.cli.words import duration
from shardwright_client import Unavailable

if TYPE_CHECKING:
    from shardwright_client import Client
    from shardwright_client.answers import Event, Kind

EVERY_S = 0.5
GIVE_UP_S = 30.0
PAGE = 500

Goal = Callable[["Kind"], bool]
GOALS = ("owned", "settled", "never")


def watch(
    kind: KindArgument,
    goal: Annotated[
        str, typer.Option("--until", metavar="GOAL", help="owned (default), settled or never.")
    ] = "owned",
    timeout: Annotated[
        str, typer.Option("--timeout", metavar="TIME", help="At most so long, such as 60s, 5m, 1h.")
    ] = "5m",
    server: ServerOption = None,
    ui: UiOption = False,
) -> None:
    """Print what happens to a kind, and end when the goal is reached. Exits 1 when the time is over first.

    Goals: owned: every resource is owned by an instance that is well; settled: and nothing moves, is drained
    or started; never: print until interrupted.
    """
    if goal not in GOALS:
        raise typer.BadParameter(f"{goal!r} is no goal; allowed: {', '.join(GOALS)}", param_hint="--until")
    seconds = seconds_of(timeout, "--timeout")
    if ui:
        return link(server, "kinds", kind)
    return watched(connect(server, patient=False), kind, until(goal), seconds)


def until(goal: str) -> Goal:
    """What tells that the goal is reached."""
    return {"owned": _is_owned, "settled": _is_settled, "never": lambda _: False}[goal]


def watched(api: Client, kind: str, goal: Goal, timeout: float, *, is_data: bool = True) -> None:
    """Print events until the goal is reached. Raises Failure when it is not, Refused for an unknown kind.

    ``is_data``: they are what was asked for; else they are told beside it, on standard error.
    """
    began = heard = time.monotonic()
    found = api.kind(kind)
    newest = _newest(api, kind)
    try:
        with Bar(kind) as bar:
            while True:
                bar.tell(owned(found))
                if goal(found):
                    break
                if time.monotonic() - began > timeout:
                    raise Failure(Exit.FAILED, f"{kind} is not there after {duration(timeout)}", owned(found))
                time.sleep(EVERY_S)
                try:
                    lines, newest = _after(api, kind, newest)
                    if is_data:
                        bar.say(lines)
                    else:
                        tell(*lines)
                    found = api.kind(kind)
                    heard = time.monotonic()
                except Unavailable as error:
                    if time.monotonic() - heard > GIVE_UP_S:
                        raise
                    bar.note(f"{error}, trying again")
    except KeyboardInterrupt:
        tell(f"interrupted; the server goes on: shardwright watch {kind}")
        raise
    ended = f"{owned(found)} after {duration(time.monotonic() - began)}"
    if is_data:
        say([ended])
    else:
        tell(ended)


def _is_owned(kind: Kind) -> bool:
    is_well = all(shard["health"] == "ok" for shard in kind["shards"] if shard["used"] or shard["arriving"])
    return kind["verdict"] == "yes" and is_well


def _is_settled(kind: Kind) -> bool:
    is_quiet = all(
        one["health"] == "ok" and one["state"] == "active" and not (one["releasing"] or one["arriving"])
        for one in kind["shards"]
    )
    return kind["verdict"] == "yes" and not kind["orchestrating"] and is_quiet


def _newest(api: Client, kind: str) -> int:
    found = api.events(kind=kind, limit=1)
    return found[0]["sequence"] if found else 0


def _after(api: Client, kind: str, after: int) -> tuple[list[str], int]:
    """The lines that came after this one, oldest first, and the number of the last."""
    found = api.events(kind=kind, limit=PAGE)
    news: list[Event] = [event for event in found if event["sequence"] > after][::-1]
    return [line(event, time.time()) for event in news], news[-1]["sequence"] if news else after
