"""The table of a run, as it is printed and published."""

from __future__ import annotations

from collections.abc import Iterable

from tests.chaos.judgement import Judgement
from tests.chaos.scenario import Row

HEAD = ("scenario", "what was done", "what held", "took, s", "longest unserved, s (at most)")


def as_table(rows: Iterable[Row]) -> str:
    lines = ["| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
    for row in rows:
        held = row.held if not row.fault else f"**FAILED**: {row.fault}"
        unserved = f"{row.longest:.1f} ({row.bound:g})" if row.bound else "-"
        cells = (f"`{row.name}`", row.did, held.replace("|", "/"), f"{row.took:.0f}", unserved)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def as_verdict(judgement: Judgement) -> str:
    """What the judges looked at, and what they found."""
    counted = judgement.judge.counted
    lines = [
        f"{judgement.transactions:,} transactions in the store's own log, {counted.writes:,} of them changes"
        f" of a kind, in {counted.offices} terms of office; {counted.nonces} doubtful commits settled;"
        f" largest {counted.largest:,} bytes, {counted.most_changes} operations",
        f"{len(judgement.judge.moments):,} ids came or went; {judgement.holds:,} holds in the ledgers of"
        f" {judgement.processes} workers",
        f"findings: {len(judgement.findings)}",
    ]
    return "\n".join([*lines, *map(str, judgement.findings[:30])])
