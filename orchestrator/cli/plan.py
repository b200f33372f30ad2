"""``shardwright plan``: compute a plan of an orchestration, look at it, remove it."""

from __future__ import annotations

import time
from typing import Annotated

import typer
from typer.core import TyperGroup

from orchestrator.cli.address import (
    DryRunOption,
    KindArgument,
    ListOption,
    OutputOption,
    ServerOption,
    UiOption,
    connect,
)
from orchestrator.cli.console import link
from orchestrator.cli.failure import Exit
from orchestrator.cli.plan_lines import does_something, lines, listing
from orchestrator.cli.plan_name import NumberArgument, PlanArgument, plan_named
from orchestrator.cli.printing import Output, columns, show, tried


class _MakesByDefault(TyperGroup):
    """``plan KIND`` is ``plan make KIND``."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["make", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_MakesByDefault,
    help="Compute, show or remove a plan; `plan KIND` computes one.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

NoteOption = Annotated[
    str, typer.Option("--note", "--reason", help="What is to be told to whoever reviews it.")
]
MaxInstancesOption = Annotated[
    int | None, typer.Option("--max-instances", metavar="N", help="How many shards at most.")
]
EachOption = Annotated[
    int | None, typer.Option("--resource-per-instance", metavar="N", help="How many ids a shard holds.")
]


@app.command()
def make(
    kind: KindArgument,
    max_instances: MaxInstancesOption = None,
    resource_per_instance: EachOption = None,
    note: NoteOption = "",
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit 1 when the plan would change something, as diff does.")
    ] = False,
    server: ServerOption = None,
    output: ListOption = Output.TABLE,
    ui: UiOption = False,
) -> None:
    """Compute what an orchestration would do, under a number, and change nothing."""
    if ui:
        return link(server, "kinds", kind, "plan")
    done = connect(server).make_plan(
        kind, max_instances=max_instances, resource_per_instance=resource_per_instance, note=note
    )
    show(output, done, lines(done, time.time()), [f"{kind}/{done['plan']}"])
    raise typer.Exit(Exit.FAILED if exit_code and does_something(done) else Exit.OK)


@app.command("show")
def show_plan(
    kind: PlanArgument,
    number: NumberArgument = None,
    moves: Annotated[bool, typer.Option("--moves", help="Every move, id by id.")] = False,
    server: ServerOption = None,
    output: ListOption = Output.TABLE,
    ui: UiOption = False,
) -> None:
    """Show what a plan does and how far it has come."""
    api = connect(server)
    kind, number = plan_named(api, kind, number)
    if ui:
        return link(server, "kinds", kind, "plans", str(number))
    if moves:
        found = list(api.plan_moves(kind, number))
        rows = [(each["id"], str(each["from"]), str(each["to"])) for each in found]
        return show(output, found, columns(("ID", "FROM", "TO"), rows), [each["id"] for each in found])
    plan = api.plan(kind, number)
    return show(output, plan, lines(plan, time.time()), [f"{kind}/{number}"])


@app.command()
def remove(
    kind: PlanArgument,
    number: NumberArgument = None,
    dry_run: DryRunOption = False,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Remove a plan that was not applied."""
    api = connect(server)
    kind, number = plan_named(api, kind, number)
    gone = api.remove_plan(kind, number, dry_run=dry_run)
    show(output, gone, tried(dry_run, [f"{kind}  plan {number} is removed"]))


def plans(
    kind: KindArgument,
    server: ServerOption = None,
    output: ListOption = Output.TABLE,
    ui: UiOption = False,
) -> None:
    """List the plans of a kind, the newest first."""
    if ui:
        return link(server, "kinds", kind, "plans")
    found = connect(server).plans(kind)
    return show(output, found, listing(found, time.time()), [f"{one['kind']}/{one['plan']}" for one in found])
