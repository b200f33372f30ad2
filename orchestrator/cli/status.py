"""``shardwright status``: is everything owned, what is broken, what do we lean on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from orchestrator.cli.address import OutputOption, ServerOption, UiOption, connect
from orchestrator.cli.console import link
from orchestrator.cli.failure import Exit
from orchestrator.cli.printing import Output, show
from orchestrator.cli.words import duration, number, slot, state

if TYPE_CHECKING:
    from shardwright_client.answers import Kind, KindSummary, Overview, Shard, Standing

BROKEN = frozenset({"late", "lost", "backoff", "unknown"})
IGNORED = frozenset(
    {"notifications.malformed"}
    | {f"beats.{why}" for why in ("malformed", "unknown", "nameless", "stale", "ahead", "dropped")}
)
"""Counters of what is nobody's fault here. Not ``beats.outdated``: each replaced instance leaves some."""
SHOWN = 10
WORDS = {"yes": "yes", "moving": "moving", "no": "NO", "unknown": "UNKNOWN"}
"""The server's verdicts, the worst last."""


def status(server: ServerOption = None, output: OutputOption = Output.TABLE, ui: UiOption = False) -> None:
    """Tell whether every resource is owned. Exits 0 only when all is well, 4 when that is not known."""
    if ui:
        return link(server)
    overview = connect(server).overview()
    show(output, overview, lines(overview))
    raise typer.Exit(code(overview))


def code(overview: Overview) -> Exit:
    """The exit code of an overview: trouble that is seen beats what is not known."""
    kinds = overview["kinds"]
    verdicts = {kind["verdict"] for kind in kinds}
    is_troubled = any(kind["alarms"] or kind["held"] or broken(kind) for kind in kinds)
    is_away = any(dependency["ok"] is False for dependency in overview["dependencies"])
    if is_troubled or is_away or verdicts & {"no", "moving"}:
        return Exit.FAILED
    is_doubtful = "unknown" in verdicts or overview["stale"] or not overview["ready"]
    return Exit.UNAVAILABLE if is_doubtful else Exit.OK


def lines(overview: Overview) -> Iterator[str]:
    """The overview as lines, a question each."""
    kinds = overview["kinds"]
    if overview["stale"]:
        yield f"STALE   {_staleness(overview['standing'])}"
    verdicts = [kind["verdict"] for kind in kinds] or ["unknown"]
    worst = next(word for word in ("no", "unknown", "moving", "yes") if word in verdicts)
    yield f"OWNED   {WORDS[worst]}  {'; '.join(owned(kind) for kind in kinds) or 'no kinds'}"
    shards = [shard for kind in kinds for shard in broken(kind)]
    yield f"BROKEN  {len(shards) or 'none'}" + (f"  {_broken(shards[0])}" if shards else "")
    for shard in shards[1:SHOWN]:
        yield f"           {_broken(shard)}"
    if len(shards) > SHOWN:
        yield f"           and {number(len(shards) - SHOWN)} more"
    for name in (kind["kind"] for kind in kinds if kind["paused"]):
        yield f"PAUSED  {name}: nothing is orchestrated, grown or moved: shardwright resume {name}"
    for kind in kinds:
        for alarm in kind["alarms"]:
            yield f"ALARM   {kind['kind']}: {alarm}"
        if held := kind["held"]:
            count, name = number(held["count"]), kind["kind"]
            yield f"HELD    {name} {count} removals wait for a person: shardwright removals show {name}"
    if ignored := _ignored(overview["counters"]):
        yield f"IGNORED {ignored}"
    yield f"DEPS    {_dependencies(overview)}"
    if not overview["ready"]:
        yield "READY   NO  the server does not change anything yet"


def _ignored(counters: dict[str, int]) -> str:
    """What came in and was not taken for what it should be, since the server started."""
    found = [(name, counters[name]) for name in sorted(counters) if name in IGNORED and counters[name]]
    return ", ".join(f"{name} {number(count)}" for name, count in found)


def _staleness(standing: Standing) -> str:
    """How old the answer of a server may be that does not lead, and why nobody does."""
    return f"as of {duration(standing['age'] or 0)} ago: {standing['why'] or 'no leader answers'}"


def owned(kind: KindSummary) -> str:
    """The figures behind the verdict on one kind."""
    name, counts, age = kind["kind"], kind["counts"], kind["auditedAge"]
    audit = f"(audit {duration(age)})" if age is not None else "(no audit yet)"
    total = number(counts["catalog"])
    match kind["verdict"]:
        case "no":
            apart = f", {number(counts['quarantined'])} in quarantine" if counts["quarantined"] else ""
            return f"{name} {number(counts['unowned'])} of {total} unowned{apart} {audit}"
        case "moving":
            waiting = [f"{number(counts[word])} {word}" for word in ("arriving", "moving") if counts[word]]
            return f"{name} {', '.join(waiting)} of {total} {audit}"
        case "yes":
            return f"{name} all {total} {audit}"
    return f"{name} {number(counts['owned'])} of {total} {audit}"


def broken(kind: Kind) -> list[Shard]:
    """The shards of the kind whose instance is not well."""
    return [shard for shard in kind["shards"] if shard["health"] in BROKEN]


def _broken(shard: Shard) -> str:
    age = shard["beatAge"]
    said = f"{slot(shard['number'], shard['kind'])} {state(shard['health'])}"
    if age is not None:
        said += f" {duration(age)}"
    return said + (f" -> {shard['detail']}" if shard["detail"] else "")


def _dependencies(overview: Overview) -> str:
    found = overview["dependencies"]
    is_led = overview["epoch"] is not None
    leader = f"leader {overview['holder']} epoch {overview['epoch']}" if is_led else "NO leader known"
    away = [f"{each['name']}: {each['detail']} ({each['effect']})" for each in found if each["ok"] is False]
    if away:
        return f"BROKEN  {'; '.join(away)}; {leader}"
    word = "ok" if found and all(each["ok"] for each in found) else "UNKNOWN"
    ages = ", ".join(f"{each['name']} {duration(each['age'])}" for each in found)
    return f"{word}  {ages}; {leader}"
