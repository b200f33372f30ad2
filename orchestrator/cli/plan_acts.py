"""``shardwright apply``, ``pause``, ``resume``, ``cancel`` and ``undo``: carry plans out, stop, take back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.cli.address import KindArgument, OutputOption, ServerOption, connect
from orchestrator.cli.failure import Exit, tell
from orchestrator.cli.plan import NoteOption, NumberArgument, of
from orchestrator.cli.plan_lines import lines, progress
from orchestrator.cli.printing import Output, show

if TYPE_CHECKING:
    from orchestrator.cli.client import Server

WATCH_EVERY_S = 0.5
UNDER_WAY = ("applied", "paused")

SomeNumber = Annotated[
    int | None, typer.Argument(metavar="N", help="A plan; without it the whole kind.", min=1)
]
WatchOption = Annotated[
    bool, typer.Option("--watch", "-w", help="Wait to its end; exits 1 when not every move was done.")
]


def apply(
    kind: KindArgument,
    number: NumberArgument,
    watch: WatchOption = False,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Carry out a plan as it was shown; once more, tell how far it has come."""
    api = connect(server)
    done = api.post(*of(kind, number, "apply"))
    if not watch:
        show(output, done, [progress(done)])
        return
    ended = _watched(api, kind, number, done)
    show(output, ended, [progress(ended)])
    raise typer.Exit(Exit.OK if _is_whole(ended) else Exit.FAILED)


def pause(
    kind: KindArgument,
    number: SomeNumber = None,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Pause a plan, or a whole kind.

    No more hand-offs of the plan begin; nothing of the kind is orchestrated, grown or moved.
    """
    _pausing("pause", kind, number, server, output)


def resume(
    kind: KindArgument,
    number: SomeNumber = None,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Go on with a plan, or with a whole kind, that was paused."""
    _pausing("resume", kind, number, server, output)


def cancel(
    kind: KindArgument,
    number: NumberArgument,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """End a plan: what is on its way arrives, the rest stays where it is."""
    done = connect(server).post(*of(kind, number, "cancel"))
    show(output, done, [progress(done), f"take back what was moved: shardwright undo {kind} {number}"])


def undo(
    kind: KindArgument,
    number: NumberArgument,
    apply_it: Annotated[bool, typer.Option("--apply", help="Carry it out at once.")] = False,
    watch: WatchOption = False,
    note: NoteOption = "",
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Compute the way back from a plan, as a new plan. Nothing is changed without --apply."""
    api = connect(server)
    back = api.post(*of(kind, number, "undo"), body={"note": note} if note else {})
    if not apply_it:
        show(output, back, lines(back, time.time()))
        return
    if output is Output.TABLE:
        tell(*lines(back, time.time(), next_step=False))
    apply(kind, back["plan"], watch, server, output)


def _pausing(verb: str, kind: str, number: int | None, server: str | None, output: Output) -> None:
    api = connect(server)
    if number is None:
        done = api.post("v1", "api", "kinds", kind, verb)
        show(output, done, [f"{kind}  {'is paused' if done['paused'] else 'goes on'}"])
        return
    done = api.post(*of(kind, number, verb))
    show(output, done, [progress(done)])


def _watched(server: Server, kind: str, number: int, plan: dict[str, Any]) -> dict[str, Any]:
    """The plan at its end; how it comes along is told on standard error."""
    said = ""
    while plan["stage"] in UNDER_WAY:
        line = progress(plan)
        if line != said:
            tell(line)
            said = line
        time.sleep(WATCH_EVERY_S)
        plan = server.get(*of(kind, number))
    return plan


def _is_whole(plan: dict[str, Any]) -> bool:
    return bool(plan["stage"] == "done" and plan["progress"]["done"] == plan["moves"])
