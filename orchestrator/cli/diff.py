"""``shardwright diff``: what an orchestration, or a plan, would make different, shard by shard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import typer

from orchestrator.cli.address import ListOption, ServerOption, connect
from orchestrator.cli.apply_file import (
    FileOption,
    PruneOption,
    differences_from,
    named_without_file,
    refuse_beside_file,
    show_differences,
)
from orchestrator.cli.failure import Exit, Failure
from orchestrator.cli.plan import EachOption, MaxInstancesOption
from orchestrator.cli.plan_name import NumberArgument, SomePlanArgument, plan_named, split
from orchestrator.cli.printing import Output, columns, show
from orchestrator.cli.words import DASH, number

if TYPE_CHECKING:
    from shardwright_client import Client
    from shardwright_client.answers import PairOfShards, Shard


def diff(
    kind: SomePlanArgument = None,
    plan: NumberArgument = None,
    file: FileOption = None,
    prune: PruneOption = False,
    max_instances: MaxInstancesOption = None,
    resource_per_instance: EachOption = None,
    server: ServerOption = None,
    output: ListOption = Output.TABLE,
) -> None:
    """Show what would be different, and change nothing. Exits 1 when something would.

    `diff Thing --resource-per-instance 150` compares with an orchestration, `diff Thing 7` with a plan, and
    `diff -f FILE` with what `apply -f FILE` would do.
    """
    if file is not None:
        refuse_beside_file(kind, max_instances, resource_per_instance)
        compared = differences_from(connect(server), file, prune)
        show_differences(compared, output)
        raise typer.Exit(Exit.FAILED if compared.steps or compared.missing else Exit.OK)
    kind = named_without_file(kind, prune)
    api = connect(server)
    if plan is None and not split(kind) and not kind.startswith("p-"):
        rows = _of_orchestration(api, kind, max_instances, resource_per_instance)
    elif max_instances is not None or resource_per_instance is not None:
        raise typer.BadParameter("a plan has its own sizes", param_hint="--max-instances")
    else:
        rows = _of_plan(api, *plan_named(api, kind, plan))
    lines = columns(("SHARD", "NOW", "THEN", "CHANGE", "BECOMES"), [_row(one) for one in rows])
    names = [f"{one['kind']}/{one['shard']}" for one in rows]
    show(output, rows, lines if rows else ["nothing would change"], names)
    raise typer.Exit(Exit.FAILED if rows else Exit.OK)


def _of_orchestration(api: Client, kind: str, most: int | None, each: int | None) -> list[dict[str, object]]:
    would = api.orchestrate(kind, max_instances=most, resource_per_instance=each, dry_run=True)
    becomes = dict(_becoming({"created": would["created"], "draining": would["draining"]}))
    return _rows(kind, api.shards(kind), would["movesByPair"], becomes)


def _of_plan(api: Client, kind: str, plan: int) -> list[dict[str, object]]:
    found = api.plan(kind, plan)
    if found["stage"] != "proposed":
        said = "what it moves has moved, or is on its way, or will not"
        hint = [f"shardwright plan show {kind} {plan}"]
        raise Failure(Exit.FAILED, f"{kind} plan {plan} is {found['stage']}", said, hint)
    words = {
        "created": found["created"],
        "draining": found["draining"],
        "active again": found["reactivated"],
    }
    return _rows(kind, api.shards(kind), found["movesByPair"], dict(_becoming(words)))


def _becoming(words: dict[str, list[int]]) -> Iterator[tuple[int, str]]:
    for word, shards in words.items():
        yield from ((shard, word) for shard in shards)


def _rows(
    kind: str, shards: Iterable[Shard], pairs: Iterable[PairOfShards], becomes: dict[int, str]
) -> list[dict[str, object]]:
    now = {shard["number"]: shard["used"] for shard in shards}
    change: Counter[int] = Counter()
    for pair in pairs:
        change[pair["from"]] -= pair["count"]
        change[pair["to"]] += pair["count"]
    return [
        {
            "kind": kind,
            "shard": shard,
            "now": now.get(shard),
            "then": now.get(shard, 0) + change[shard],
            "change": change[shard],
            "becomes": becomes.get(shard, ""),
        }
        for shard in sorted({*change, *becomes})
        if change[shard] or shard in becomes
    ]


def _row(one: dict[str, object]) -> tuple[str, ...]:
    change = one["change"]
    return (
        str(one["shard"]),
        number(one["now"]),
        number(one["then"]),
        f"{change:+,}" if change else DASH,
        str(one["becomes"]) or DASH,
    )
