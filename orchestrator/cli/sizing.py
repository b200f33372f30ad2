"""``shardwright sizing``: how many shards a kind has and should have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from orchestrator.cli.address import KindArgument, OutputOption, ServerOption, connect
from orchestrator.cli.failure import Exit
from orchestrator.cli.printing import Output, columns, show
from orchestrator.cli.words import DASH, number

if TYPE_CHECKING:
    from shardwright_client.answers import Sizing


def sizing(kind: KindArgument, server: ServerOption = None, output: OutputOption = Output.TABLE) -> None:
    """Tell how many shards a kind should have, by its count and its load. Exits 1 when it has others."""
    found = connect(server).sizing(kind)
    show(output, found, lines(found))
    raise typer.Exit(Exit.OK if found["wanted"] == found["shards"] else Exit.FAILED)


def lines(found: Sizing) -> Iterator[str]:
    """The answer as lines."""
    now, wanted, ceiling = found["shards"], found["wanted"], found["ceiling"]
    change = f"{now} shards" if now == wanted else f"{now} -> {wanted} shards"
    yield f"{found['kind']}  {found['advice']}  {change}  (elastic: {found['mode']})"
    yield f"WHY      {found['why']}"
    if found["waits"]:
        yield f"WAITS    {found['waits']}"
    if saving := _saving(found):
        yield f"{'SAVES' if found['saves'] > 0 else 'COSTS':7}  {saving}"
    most = f"at most {number(found['maxInstances'])}"
    bounds = f"{number(ceiling['instances'])} instances of {number(ceiling['resources'])} resources"
    yield f"COUNT    {found['byCount']} by the number of resources, {most}; ceiling {bounds}"
    if found["trouble"]:
        yield f"TROUBLE  {found['trouble']}"
    if found["ignored"]:
        said = ", ".join(f"{name} {number(count)}" for name, count in sorted(found["ignored"].items()))
        yield f"IGNORED  values that cannot be true: {said}"
    if found["dimensions"]:
        yield ""
        yield from columns(("DIMENSION", "LOAD", "USED", "TARGET", "HIGHEST", "KNOWN"), _dimensions(found))
        yield ""
        names = [each["name"] for each in found["dimensions"]]
        yield from columns(("SHARD", *(name.upper() for name in names)), _shards(found, names))


def _saving(found: Sizing) -> str:
    count = abs(found["saves"])
    if not count:
        return ""
    borne = "".join(f", {name} {number(abs(size))}" for name, size in found["saving"].items())
    return f"{count} instance{'s' if count != 1 else ''}{borne}"


def _dimensions(found: Sizing) -> list[tuple[str, ...]]:
    return [
        (
            each["name"],
            number(each["load"]),
            _share(each["utilisation"] if each["known"] else None),
            _share(each["target"]),
            _share(each["highest"]),
            f"{each['known']} of {each['known'] + len(each['unknown'])}" if each["known"] else "NONE",
        )
        for each in found["dimensions"]
    ]


def _shards(found: Sizing, names: list[str]) -> list[tuple[str, ...]]:
    return [
        (
            one["name"],
            *(
                f"{number(one['load'][name])} ({_share(one['utilisation'][name])})"
                if name in one["load"]
                else "UNKNOWN"
                for name in names
            ),
        )
        for one in found["items"]
    ]


def _share(value: float | None) -> str:
    return DASH if value is None else f"{value:.0%}"
