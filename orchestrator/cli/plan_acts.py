"""``shardwright apply``, ``pause``, ``resume``, ``cancel`` and ``undo``: carry plans out, stop, take back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.address import DryRunOption, OutputOption, ServerOption, connect
from orchestrator.cli.apply_file import (
    FileOption,
    PruneOption,
    apply_file,
    named_without_file,
    refuse_beside_file,
)
from orchestrator.cli.bar import Bar
from orchestrator.cli.failure import Exit, tell
from orchestrator.cli.known_numbers import known_plan_numbers
from orchestrator.cli.plan import NoteOption
from orchestrator.cli.plan_lines import lines, progress, told
from orchestrator.cli.plan_name import NumberArgument, PlanArgument, SomePlanArgument, plan_named, split
from orchestrator.cli.printing import Output, show, tried

if TYPE_CHECKING:
    from shardwright_client import Client
    from shardwright_client.answers import Plan

WATCH_EVERY_S = 0.5
UNDER_WAY = ("applied", "paused")

SomeNumber = Annotated[
    int | None,
    typer.Argument(
        metavar="N",
        help="A plan; without it the whole kind.",
        min=1,
        autocompletion=known_plan_numbers,
    ),
]
WatchOption = Annotated[
    bool, typer.Option("--watch", "-w", help="Wait to its end; exits 1 when not every move was done.")
]


def apply(
    kind: SomePlanArgument = None,
    number: NumberArgument = None,
    file: FileOption = None,
    prune: PruneOption = False,
    watch: WatchOption = False,
    override: Annotated[
        str | None,
        typer.Option("--override", metavar="ID", help="The id of the plan again, to go beyond the limits."),
    ] = None,
    reason: Annotated[
        str | None, typer.Option("--reason", help="Why it goes beyond the limits; for the journal.")
    ] = None,
    dry_run: DryRunOption = False,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Carry out a plan as it was shown; once more, tell how far it has come.

    A plan is named `Thing 7`, `Thing/7`, or `p-7` where one kind alone has it. With -f: have sizes, pins,
    labels and bounds of shards be as a file says.
    """
    if file is not None:
        refuse_beside_file(kind, watch, override, reason)
        return apply_file(connect(server), file, prune=prune, dry_run=dry_run, output=output)
    kind = named_without_file(kind, prune)
    api = connect(server)
    kind, number = plan_named(api, kind, number)
    done = api.apply_plan(kind, number, override=override, reason=reason, dry_run=dry_run)
    return _shown(api, done, watch and not dry_run, dry_run, output)


def pause(
    kind: PlanArgument,
    number: SomeNumber = None,
    dry_run: DryRunOption = False,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Pause a plan, or a whole kind.

    No more hand-offs of the plan begin; nothing of the kind is orchestrated, grown or moved.
    """
    _pausing("pause", kind, number, dry_run, server, output)


def resume(
    kind: PlanArgument,
    number: SomeNumber = None,
    dry_run: DryRunOption = False,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Go on with a plan, or with a whole kind, that was paused."""
    _pausing("resume", kind, number, dry_run, server, output)


def cancel(
    kind: PlanArgument,
    number: NumberArgument = None,
    dry_run: DryRunOption = False,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """End a plan: what is on its way arrives, the rest stays where it is."""
    api = connect(server)
    kind, number = plan_named(api, kind, number)
    done = api.act_on_plan(kind, number, "cancel", dry_run=dry_run)
    said = [progress(done), f"take back what was moved: shardwright undo {kind} {number}"]
    show(output, done, tried(dry_run, said))


def undo(
    kind: PlanArgument,
    number: NumberArgument = None,
    apply_it: Annotated[bool, typer.Option("--apply", help="Carry it out at once.")] = False,
    watch: WatchOption = False,
    note: NoteOption = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="As without --apply: only the plan is computed.")
    ] = False,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Compute the way back from a plan, as a new plan. Nothing is changed without --apply."""
    api = connect(server)
    kind, number = plan_named(api, kind, number)
    back = api.undo_plan(kind, number, note=note)
    if dry_run or not apply_it:
        show(output, back, lines(back, time.time()))
        return
    if output.is_for_people:
        tell(*lines(back, time.time(), next_step=False))
    _shown(api, api.apply_plan(kind, back["plan"]), watch, False, output)


def _shown(api: Client, plan: Plan, watch: bool, dry_run: bool, output: Output) -> None:
    if not watch:
        show(output, plan, tried(dry_run, [progress(plan)]))
        return
    began = time.monotonic()
    ended = _watched(api, plan)
    show(output, ended, told(ended, time.monotonic() - began))
    raise typer.Exit(Exit.OK if _is_whole(ended) else Exit.FAILED)


def _pausing(
    verb: str, kind: str, number: int | None, dry_run: bool, server: str | None, output: Output
) -> None:
    api = connect(server)
    if number is None and (whole := split(kind)):
        kind, number = whole
    if number is None:
        done = (api.pause if verb == "pause" else api.resume)(kind, dry_run=dry_run)
        line = f"{kind}  {'is paused' if done['paused'] else 'goes on'}"
        show(output, done, tried(dry_run, [line]))
        return
    plan = api.act_on_plan(kind, number, verb, dry_run=dry_run)
    show(output, plan, tried(dry_run, [progress(plan)]))


def _watched(api: Client, plan: Plan) -> Plan:
    """The plan at its end; how it comes along is told on standard error."""
    kind, number = plan["kind"], plan["plan"]
    try:
        with Bar(f"{kind} plan {number}") as bar:
            while plan["stage"] in UNDER_WAY:
                bar.tell(progress(plan), plan["progress"]["done"], plan["moves"] or None)
                time.sleep(WATCH_EVERY_S)
                plan = api.plan(kind, number)
    except KeyboardInterrupt:
        tell(f"interrupted; the server goes on: shardwright plan show {kind} {number}")
        raise
    return plan


def _is_whole(plan: Plan) -> bool:
    return plan["stage"] == "done" and plan["progress"]["done"] == plan["moves"]
