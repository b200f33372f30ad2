"""``shardwright coverage`` and ``get coverage``: who is served by nobody, or by two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.cli.address import KindArgument, ListOption, OutputOption, ServerOption, connect
from orchestrator.cli.failure import Exit
from orchestrator.cli.printing import Output, columns, show
from orchestrator.cli.words import DASH, brief, duration, number, state

if TYPE_CHECKING:
    from shardwright_client.answers import Coverage, Stage, Worst

HEADER = ("KIND", "UNOWNED", "UNKNOWN", "TWICE", "UNOWNED-S", "UNKNOWN-S", "TWICE-S", "P50", "P99", "ALARMS")

WorstOption = Annotated[int, typer.Option("--worst", min=0, max=100, help="How many of the worst to name.")]


def all_kinds(server: ServerOption = None, output: ListOption = Output.TABLE) -> None:
    """List how many resources nobody serves, or two do, and for how long that was so."""
    api = connect(server)
    names = [each["kind"] for each in api.kinds()]
    found = [api.coverage(name) for name in names]
    show(output, found, columns(HEADER, [row(one) for one in found]), names)


def coverage(
    kind: KindArgument,
    worst: WorstOption = 10,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Tell which resources nobody serves, or two do, since when and why. Exits 1 when there are some."""
    found = connect(server).coverage(kind, worst=worst)
    show(output, found, lines(found))
    raise typer.Exit(Exit.FAILED if found["unowned"] or found["doubleOwned"] else Exit.OK)


def row(found: Coverage) -> tuple[str, ...]:
    whole = owned(found)
    return (
        found["kind"],
        number(found["unowned"]),
        number(found["unknown"]),
        number(found["doubleOwned"]),
        *(f"{found[name]:,.1f}" for name in ("unownedSeconds", "unknownSeconds", "doubleOwnedSeconds")),
        *(milliseconds(whole[name]) if whole else DASH for name in ("p50S", "p99S")),
        number(len(found["alarms"])),
    )


def owned(found: Coverage) -> Stage | None:
    """The whole way from an event to its owner, from the stamp if publishers give one; None: no event yet."""
    stages = {one["stage"]: one for one in found["latency"]["stages"]}
    named = (stages["stamp-to-owned"], stages["receipt-to-owned"])
    return next((one for one in named if one["count"]), None)


def lines(found: Coverage) -> Iterator[str]:
    """The answer as lines."""
    says = "acknowledged by instances" if found["acknowledged"] else "declared by beats alone"
    watched = duration(found["watchedS"])
    figures: Mapping[str, Any] = found
    yield f"{found['kind']}  {number(found['store'])} in the store, {says}, watched for {watched}"
    for name, word in (("unowned", "UNOWNED"), ("unknown", "unknown"), ("doubleOwned", "TWICE")):
        yield f"{word:<8} {number(figures[name])} now, {figures[f'{name}Seconds']:,.1f} id-seconds"
    trouble = found["catalogTrouble"]
    yield f"CATALOG  compared {brief(found['catalogAge'])} ago" + (f"; {trouble}" if trouble else "")
    for alarm in found["alarms"]:
        yield f"ALARM    {alarm}"
    for title, name in (("NOW", "worst"), ("IN THE LAST HOUR", "worstInWindow")):
        if figures[name]:
            yield ""
            yield from columns(
                (f"WORST {title}", "STATE", "FOR", "TOTAL", "WHY"), [_worst(o) for o in figures[name]]
            )
    yield ""
    stages = [_stage(one) for one in found["latency"]["stages"] if one["count"]]
    if stages:
        yield from columns(("FROM EVENT TO OWNER", "COUNT", "P50", "P99", "LONGEST"), stages)
    told = {**found["latency"]["counted"], **found["latency"]["numbering"]}
    yield "MESSAGES " + (
        ", ".join(f"{number(many)} {name}" for name, many in told.items() if many) or "in order"
    )


def _worst(one: Worst) -> tuple[str, ...]:
    name = one["id"] or f"{number(one['count'])} of shard {one['shard']}"
    return name, state(one["state"]), duration(one["forS"]), duration(one["totalS"]), one["why"]


def _stage(one: Stage) -> tuple[str, ...]:
    return (
        one["stage"],
        number(one["count"]),
        *(milliseconds(one[name]) for name in ("p50S", "p99S", "longestS")),
    )


def milliseconds(seconds: float | None) -> str:
    """12 ms; 2.3 s."""
    if seconds is None:
        return DASH
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else duration(seconds)
