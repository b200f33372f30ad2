"""``shardwright drill``: something is broken on purpose, and a report card says how it was mended."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.cli.address import (
    KindArgument,
    OutputOption,
    ServerOption,
    ShardArgument,
    ShardNumberArgument,
    connect,
    shard_of,
)
from orchestrator.cli.drill_card import Goals, card, card_of_leaders, lines
from orchestrator.cli.drill_watch import Watch, faults_before, watch, watch_leaders
from orchestrator.cli.failure import Exit, Failure, tell
from orchestrator.cli.known_kinds import known_kinds
from orchestrator.cli.printing import Output, show

if TYPE_CHECKING:
    from shardwright_client import Client

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Break something on purpose and get a report card. Resources are unowned meanwhile.",
)

YesOption = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]
WithinOption = Annotated[float, typer.Option("--within", min=1, help="Seconds to watch at most.")]
NoticedOption = Annotated[
    float, typer.Option("--notice", min=0, help="Goal: noticed within so many seconds.")
]
OwnedOption = Annotated[
    float, typer.Option("--owned", min=0, help="Goal: owned again within so many seconds.")
]


@app.command("kill-instance")
def kill_instance(
    shard: ShardArgument,
    number: ShardNumberArgument = None,
    yes: YesOption = False,
    notice: NoticedOption = 10.0,
    owned: OwnedOption = 60.0,
    within: WithinOption = 120.0,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """End one instance as a crash would, and watch.

    It is watched until all it served is owned again. On Kubernetes its pod is deleted with a grace of one
    second, here its process is killed. Exits 1 when a goal was missed.
    """
    kind, number = shard_of(shard, number)
    api = connect(server, patient=False)
    _agree(api, kind, f"the instance of {kind}/{number} is killed", yes)
    seen = watch(api, kind, lambda: api.kill(kind, {"shards": [number]}), within)
    _report(f"killed the instance of {kind}/{number}", seen, Goals(notice=notice, owned=owned), output)


@app.command("lose-zone")
def lose_zone(
    kind: KindArgument,
    value: Annotated[str, typer.Argument(metavar="ZONE", help="The value of the label.")],
    label: Annotated[str, typer.Option("--label", help="The label of shards that names the zone.")] = "zone",
    yes: YesOption = False,
    notice: NoticedOption = 10.0,
    owned: OwnedOption = 120.0,
    within: WithinOption = 300.0,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """End all instances of the shards with this label at once, and watch. Exits 1 when a goal was missed."""
    api = connect(server, patient=False)
    _agree(api, kind, f"all instances of {kind} with {label}={value} are killed", yes)
    seen = watch(api, kind, lambda: api.kill(kind, {"label": label, "value": value}), within)
    struck = ", ".join(str(blow.shard) for blow in seen.struck)
    _report(
        f"killed the instances of {kind} with {label}={value}: {struck}",
        seen,
        Goals(notice=notice, owned=owned),
        output,
    )


@app.command("restart-leader")
def restart_leader(
    kind: Annotated[
        str,
        typer.Argument(metavar="KIND", help="The kind to watch meanwhile.", autocompletion=known_kinds),
    ] = "Thing",
    yes: YesOption = False,
    gap: Annotated[
        float, typer.Option("--gap", min=0, help="Goal: led again within so many seconds.")
    ] = 15.0,
    within: WithinOption = 120.0,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Have the leader give its office up, and watch.

    It is watched until somebody leads again. With one server this one begins a new term. Instances serve on
    meanwhile. Exits 1 when a goal was missed.
    """
    api = connect(server, patient=False)
    _agree(api, kind, "the leader gives its office up", yes)
    found = card_of_leaders(watch_leaders(api, kind, within), gap)
    _show("the leader gave its office up", found, output)


def _agree(api: Client, kind: str, what: str, yes: bool) -> None:
    """Raises Failure where the kind is not whole beforehand, or the person says no."""
    if faults := faults_before(api, kind):
        raise Failure(
            Exit.REFUSED, f"{kind} is not whole: nothing was done", "a drill begins when all is well", faults
        )
    if yes:
        return
    tell(f"{what}, on a system that runs; what it serves is unowned until it is replaced")
    if not sys.stdin.isatty():
        raise typer.BadParameter("give --yes, or call it from a terminal")
    if not typer.confirm("Go on?", err=True):
        raise Failure(Exit.REFUSED, "nothing was done")


def _report(done: str, seen: Watch, goals: Goals, output: Output) -> None:
    _show(done, card(seen, goals), output)


def _show(done: str, found: dict[str, Any], output: Output) -> None:
    show(output, {"done": done, "at": time.time(), **found}, [done, "", *lines(found)])
    raise typer.Exit(Exit.OK if found["passed"] else Exit.FAILED)
