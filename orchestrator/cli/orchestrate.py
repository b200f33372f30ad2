"""``shardwright orchestrate``: spread a kind anew over its instances."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.address import KindArgument, OutputOption, ServerOption, UiOption, connect
from orchestrator.cli.console import link
from orchestrator.cli.failure import Exit
from orchestrator.cli.plan import EachOption, MaxInstancesOption
from orchestrator.cli.printing import Output, show
from orchestrator.cli.words import number

if TYPE_CHECKING:
    from shardwright_client.answers import Orchestration

SHOWN_PAIRS = 10


def orchestrate(
    kind: KindArgument,
    max_instances: MaxInstancesOption = None,
    resource_per_instance: EachOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would change; exits 1 when something would.")
    ] = False,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
    ui: UiOption = False,
) -> None:
    """Spread the resources of a kind evenly anew; what is left out stays as it is.

    Bounds: the ceiling of the kind (shardwright sizing KIND), by default 3 to 100 and 1 to 5000.
    """
    if ui:
        return link(server, "kinds", kind, "plan")
    done = connect(server).orchestrate(
        kind,
        max_instances=max_instances,
        resource_per_instance=resource_per_instance,
        dry_run=dry_run,
    )
    show(output, done, lines(kind, done))
    raise typer.Exit(Exit.FAILED if dry_run and done["changed"] else Exit.OK)


def lines(kind: str, done: Orchestration) -> Iterator[str]:
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
    for word, shards in (("CREATED", done["created"]), ("DRAINING", done["draining"])):
        if shards:
            yield f"{word:8}  {', '.join(map(str, shards))}"
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
    low, high = load[0], load[-1]
    return number(low) if low == high else f"{number(low)}..{number(high)}"
