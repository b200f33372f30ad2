"""``shardwright plan``: compute a plan of an orchestration, look at it, remove it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from orchestrator.cli.address import KindArgument, OutputOption, ServerOption, connect
from orchestrator.cli.plan_lines import lines, listing
from orchestrator.cli.printing import Output, columns, show

if TYPE_CHECKING:
    from orchestrator.cli.client import Server


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

NumberArgument = Annotated[int, typer.Argument(metavar="N", help="The number of a plan.", min=1)]
NoteOption = Annotated[str, typer.Option("--note", help="What is to be told to whoever reviews it.")]
PAGE = 1_000


@app.command()
def make(
    kind: KindArgument,
    max_instances: Annotated[
        int | None, typer.Option("--max-instances", metavar="N", help="How many shards at most.")
    ] = None,
    resource_per_instance: Annotated[
        int | None, typer.Option("--resource-per-instance", metavar="N", help="How many ids a shard holds.")
    ] = None,
    note: NoteOption = "",
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Compute what an orchestration would do, under a number, and change nothing."""
    asked = {
        "maxInstances": max_instances,
        "resourcePerInstance": resource_per_instance,
        "note": note or None,
    }
    body = {name: value for name, value in asked.items() if value is not None}
    done = connect(server).post(*of(kind), body=body)
    show(output, done, lines(done, time.time()))


@app.command("show")
def show_plan(
    kind: KindArgument,
    number: NumberArgument,
    moves: Annotated[bool, typer.Option("--moves", help="Every move, id by id.")] = False,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Show what a plan does and how far it has come."""
    api = connect(server)
    if moves:
        found = every_move(api, kind, number)
        rows = [(each["id"], str(each["from"]), str(each["to"])) for each in found]
        show(output, found, columns(("ID", "FROM", "TO"), rows))
        return
    plan = api.get(*of(kind, number))
    show(output, plan, lines(plan, time.time()))


@app.command()
def remove(
    kind: KindArgument,
    number: NumberArgument,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Remove a plan that was not applied."""
    gone = connect(server).delete(*of(kind, number))
    show(output, gone, [f"{kind}  plan {number} is removed"])


def plans(kind: KindArgument, server: ServerOption = None, output: OutputOption = Output.TABLE) -> None:
    """List the plans of a kind, the newest first."""
    found = connect(server).get(*of(kind))["items"]
    show(output, found, listing(found, time.time()))


def of(kind: str, number: int | None = None, *more: str) -> tuple[str, ...]:
    """The path of the plans of a kind, or of one."""
    base = ("v1", "api", "kinds", kind, "plans")
    return base if number is None else (*base, str(number), *more)


def every_move(server: Server, kind: str, number: int) -> list[dict[str, Any]]:
    """All pages of the moves of a plan."""
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = server.get(*of(kind, number, "moves"), cursor=cursor, limit=PAGE)
        found.extend(page["items"])
        cursor = page["next"]
        if cursor is None:
            return found
