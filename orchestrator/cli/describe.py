"""``shardwright describe``: all of one thing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.address import (
    KindArgument,
    OutputOption,
    ServerOption,
    ShardArgument,
    ShardNumberArgument,
    UiOption,
    connect,
    shard_of,
)
from orchestrator.cli.console import link
from orchestrator.cli.explain import explain
from orchestrator.cli.lists import acknowledged, kind_rows, pairs, shard_rows
from orchestrator.cli.plan import show_plan
from orchestrator.cli.printing import Output, columns, show
from orchestrator.cli.words import DASH, clock, duration, number, state

if TYPE_CHECKING:
    from shardwright_client.answers import InstanceDetail, Kind, ShardDetail

WIDTH = 16
"""Of the names before what they name."""

app = typer.Typer(
    help="Tell all of one kind, shard, instance, resource or plan.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("kind")
def kind_(
    kind: KindArgument,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
    ui: UiOption = False,
) -> None:
    """A kind: how its resources stand, its limits, what is wrong, its shards."""
    if ui:
        return link(server, "kinds", kind)
    found = connect(server).kind(kind)
    return show(output, found, _kind(found, time.time()))


@app.command("shard")
def shard_(
    shard: ShardArgument,
    number: ShardNumberArgument = None,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
    ui: UiOption = False,
) -> None:
    """A shard: its load and bounds, and what is on its way from it and to it."""
    kind, wanted = shard_of(shard, number)
    if ui:
        return link(server, "kinds", kind, "shards", str(wanted))
    found = connect(server).shard(kind, wanted)
    return show(output, found, _shard(found, time.time()))


@app.command()
def instance(
    shard: ShardArgument,
    number: ShardNumberArgument = None,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
    ui: UiOption = False,
) -> None:
    """The instance of a shard: what it came through, its beats, those before it, can it be drained."""
    kind, wanted = shard_of(shard, number)
    if ui:
        return link(server, "instances", kind, str(wanted))
    found = connect(server).instance(kind, wanted)
    return show(output, found, _instance(found, time.time()))


@app.command()
def resource(
    kind: KindArgument,
    resource: Annotated[str, typer.Argument(metavar="ID", help="The id of a resource.")],
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
    ui: UiOption = False,
) -> None:
    """A resource: as `shardwright explain --all`."""
    explain(kind, resource, every=True, server=server, output=output, ui=ui)


app.command("plan", help="A plan: as `shardwright plan show`.")(show_plan)


def _fields(*given: tuple[str, object]) -> Iterator[str]:
    yield from (f"{name + ':':<{WIDTH}}{DASH if value in (None, '') else value}" for name, value in given)


def _kind(found: Kind, now: float) -> Iterator[str]:
    yield from columns(*kind_rows([found], is_wide=True))
    yield ""
    yield from _fields(
        ("Instances", f"{found['instanceName']}-N, {number(found['maxInstances'])} at most"),
        ("Each", f"{number(found['resourcePerInstance'])} resources"),
        ("Orchestrating", found["planId"] or "no"),
        ("Sizing", found["sizing"]),
        ("Moves wait", found["movesWaiting"]),
        ("Place", found["place"]),
    )
    for alarm in found["alarms"]:
        yield f"{'ALARM':<{WIDTH}}{alarm}"
    if held := found["held"]:
        yield f"{'HELD':<{WIDTH}}{number(held['count'])} removals for {duration(now - held['since'])}"
    if found["unplaced"]:
        yield ""
        rows = [(one["id"], one["reason"], one["detail"]) for one in found["unplaced"]]
        yield from columns(("UNOWNED", "REASON", "DETAIL"), rows)
    yield ""
    yield from columns(*shard_rows(found["shards"], of_all=False, is_wide=False))


def _shard(found: ShardDetail, now: float) -> Iterator[str]:
    yield from _fields(
        ("Shard", f"{found['kind']}/{found['number']}, {found['state']}"),
        ("Load", f"{number(found['used'])} of {number(found['count'])}"),
        ("Measured", pairs(found["load"])),
        ("Capacity", pairs(found["capacity"])),
        ("Bounds set", pairs(found["bounds"])),
        ("Labels", pairs(found["labels"])),
        ("Generation", f"{acknowledged(found)} acknowledged"),
        ("Instance", f"{found['name']} #{found['incarnation']}, {state(found['instance'])}"),
        ("Health", f"{state(found['health'])}, last beat {duration(found['beatAge'])} ago"),
        ("Since", clock(found["since"], now) if found["since"] else None),
        ("Detail", found["detail"]),
        ("Oldest move", duration(found["oldestWait"])),
    )
    for out in found["movesOut"]:
        yield f"{'MOVES OUT':<{WIDTH}}{number(out['count'])} " + (
            "deleted" if out["to"] is None else f"to shard {out['to']}"
        )
    for into in found["movesIn"]:
        yield f"{'MOVES IN':<{WIDTH}}{number(into['count'])} from shard {into['from']}"


def _instance(found: InstanceDetail, now: float) -> Iterator[str]:
    can, gaps = found["canDrain"], [one["gap"] for one in found["beats"] if one["gap"] is not None]
    room = f"{number(can['ids'])} ids to {can['toShards']} shards, about {number(can['each'])} each"
    beats = f"last {duration(found['beatAge'])} ago, every {duration(found['interval'])}"
    yield from _fields(
        ("Instance", f"{found['name']} #{found['incarnation']}, of {found['kind']}/{found['shard']}"),
        ("State", f"{found['state']}, {state(found['phase'])}, {state(found['health'])}"),
        ("UID", found["uid"]),
        ("Node", found["node"]),
        ("Beats", beats),
        ("Longest gap", f"{duration(max(gaps))} of the last {len(gaps)}" if gaps else None),
        ("Lost after", duration(found["deadline"])),
        ("Generation", f"{found['generation']}, acknowledged {number(found['acknowledged'])}"),
        ("Can drain", room if can["ok"] else f"NO: {can['reason']}"),
        ("Detail", found["detail"]),
    )
    for stage in found["lane"]:
        yield f"{clock(stage['at'], now):<{WIDTH}}{stage['stage']}"
    if found["previous"]:
        yield ""
        rows = [
            (f"#{one['incarnation']}", clock(one["ended"], now), one["reason"], one["detail"])
            for one in found["previous"]
        ]
        yield from columns(("BEFORE", "ENDED", "REASON", "DETAIL"), rows)
