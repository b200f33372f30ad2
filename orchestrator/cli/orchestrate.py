"""``shardwright orchestrate``: spread a kind anew over its instances."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from orchestrator.cli.address import KindArgument, OutputOption, ServerOption, connect
from orchestrator.cli.failure import Exit
from orchestrator.cli.printing import Output, show
from orchestrator.cli.words import number

SHOWN_PAIRS = 10


def orchestrate(
    kind: KindArgument,
    max_instances: Annotated[
        int | None, typer.Option("--max-instances", metavar="N", help="How many shards at most.")
    ] = None,
    resource_per_instance: Annotated[
        int | None,
        typer.Option("--resource-per-instance", metavar="N", help="How many ids a shard holds."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would change; exits 1 when something would.")
    ] = False,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Spread the resources of a kind evenly anew; what is left out stays as it is.

    Bounds: the ceiling of the kind (shardwright sizing KIND), by default 3 to 100 and 1 to 5000.
    """
    asked = {"maxInstances": max_instances, "resourcePerInstance": resource_per_instance}
    done = connect(server).post(
        *("v1", "api", "orchestrations", kind, "orchestrate"),
        body={name: value for name, value in asked.items() if value is not None},
        dryRun="true" if dry_run else None,
    )
    show(output, done, lines(kind, done))
    raise typer.Exit(Exit.FAILED if dry_run and done["changed"] else Exit.OK)


def lines(kind: str, done: dict[str, Any]) -> Iterator[str]:
    """The summary of an orchestration as lines."""
    if not done["changed"]:
        yield f"{kind}  nothing to change: {done['reason']}"
        return
    before, after = done["shards"]["before"], done["shards"]["after"]
    grown = f" ({after - before:+})" if after != before else ""
    load = f"{_span(done['load']['before'])} -> {_span(done['load']['after'])}"
    yield (
        f"{done['planId'] or kind}  shards {before} -> {after}{grown}  moves {number(done['moves'])}  "
        f"placed {number(done['placed'])}  load {load}"
    )
    for word in ("created", "draining"):
        if done[word]:
            yield f"{word.upper():8}  {', '.join(map(str, done[word]))}"
    pairs = sorted(done["movesByPair"], key=lambda pair: -pair["count"])
    for pair in pairs[:SHOWN_PAIRS]:
        yield f"MOVE      {pair['from']} -> {pair['to']}  {number(pair['count'])}"
    if len(pairs) > SHOWN_PAIRS:
        yield f"          and {len(pairs) - SHOWN_PAIRS} more pairs"
    if done["reason"]:
        yield f"WHY       {done['reason']}"
    yield (
        "not done: this is a dry run" if done["dryRun"] else f"under way; see: shardwright get shards {kind}"
    )


def _span(load: list[int]) -> str:
    low, high = load
    return number(low) if low == high else f"{number(low)}..{number(high)}"
