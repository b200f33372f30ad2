"""``shardwright get``: lists."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.cli.address import OutputOption, ServerOption, connect
from orchestrator.cli.coverage import all_kinds
from orchestrator.cli.plan import plans
from orchestrator.cli.printing import Output, columns, show
from orchestrator.cli.status import WORDS
from orchestrator.cli.words import DASH, brief, number, state

if TYPE_CHECKING:
    from orchestrator.cli.client import Server

app = typer.Typer(
    help="List kinds, shards, instances, plans, pins or coverage.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

SomeKind = Annotated[str | None, typer.Argument(metavar="KIND", help="Only of this kind.")]


@app.command()
def kinds(server: ServerOption = None, output: OutputOption = Output.TABLE) -> None:
    """List the kinds and how their resources stand."""
    found = items(connect(server), "v1", "api", "kinds")
    header = (
        "KIND",
        "OWNED?",
        "IDS",
        "OWNED",
        "ARRIVING",
        "MOVING",
        "UNOWNED",
        "SHARDS",
        "MAX",
        "EACH",
        "PROTOCOL",
        "AUDIT",
    )
    rows = [
        (
            kind["kind"],
            WORDS[kind["verdict"]],
            *(
                number(kind["counts"][count])
                for count in ("catalog", "owned", "arriving", "moving", "unowned")
            ),
            number(kind["shardsWanted"]),
            number(kind["maxInstances"]),
            number(kind["resourcePerInstance"]),
            kind["protocol"],
            brief(kind["auditedAge"]),
        )
        for kind in found
    ]
    show(output, found, columns(header, rows))


@app.command()
def shards(kind: SomeKind = None, server: ServerOption = None, output: OutputOption = Output.TABLE) -> None:
    """List the shards, their load and their instances."""
    api = connect(server)
    names = [kind] if kind else [each["kind"] for each in items(api, "v1", "api", "kinds")]
    found = [shard for name in names for shard in items(api, "v1", "api", "kinds", name, "shards")]
    header = ["SHARD", "STATE", "LOAD", "ARRIVING", "RELEASING", "GEN/ACK", "BEAT", "INSTANCE", "DETAIL"]
    rows = [
        [
            str(shard["number"]),
            state(shard["health"]),
            f"{number(shard['used'])}/{number(shard['count'])}",
            number(shard["arriving"]),
            number(shard["releasing"]),
            f"{shard['generation']}/{DASH if shard['acknowledged'] is None else shard['acknowledged']}",
            brief(shard["beatAge"]),
            f"{shard['name']} #{shard['incarnation']}",
            shard["detail"],
        ]
        for shard in found
    ]
    if any(shard["labels"] for shard in found):
        header = [*header[:-1], "LABELS", header[-1]]
        rows = [[*row[:-1], _labels(shard), row[-1]] for shard, row in zip(found, rows, strict=True)]
    if kind is None:
        header = ["KIND", *header]
        rows = [[shard["kind"], *row] for shard, row in zip(found, rows, strict=True)]
    show(output, found, columns(header, rows))


@app.command()
def instances(
    kind: SomeKind = None, server: ServerOption = None, output: OutputOption = Output.TABLE
) -> None:
    """List what the runtime runs."""
    found = items(connect(server), "v1", "api", "instances", kind=kind)
    now = time.time()
    header = ("INSTANCE", "KIND", "SHARD", "STATE", "PHASE", "HEALTH", "BEAT", "AGE", "DETAIL")
    rows = [
        (
            f"{each['name']} #{each['incarnation']}",
            each["kind"],
            str(each["shard"]),
            each["state"],
            state(each["phase"]),
            state(each["health"]),
            brief(each["beatAge"]),
            brief(now - each["since"]) if each["since"] else DASH,
            each["detail"],
        )
        for each in found
    ]
    show(output, found, columns(header, rows))


app.command()(plans)


@app.command()
def pins(kind: SomeKind = None, server: ServerOption = None, output: OutputOption = Output.TABLE) -> None:
    """List the pinned resources, and how far each pin is met."""
    api = connect(server)
    names = [kind] if kind else [each["kind"] for each in items(api, "v1", "api", "kinds")]
    found = [
        {"kind": name, **one} for name in names for one in items(api, "v1", "api", "kinds", name, "pins")
    ]
    rows = [(one["kind"], one["id"], str(one["shard"]), one["state"], one["detail"]) for one in found]
    show(output, found, columns(("KIND", "ID", "SHARD", "STATE", "DETAIL"), rows))


app.command("coverage")(all_kinds)


def _labels(shard: dict[str, Any]) -> str:
    return ",".join(f"{name}={value}" for name, value in shard["labels"].items()) or DASH


def items(server: Server, *path: str, **query: Any) -> list[dict[str, Any]]:
    """The items of a list."""
    found: list[dict[str, Any]] = server.get(*path, **query)["items"]
    return found
