"""The report card of a drill: what was measured, what was wanted, and whether it was so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from orchestrator.cli.drill_watch import LeaderWatch, Watch
from orchestrator.cli.printing import columns
from orchestrator.cli.words import DASH

FROM_STATUS = "held until the blow, times the seconds until they were owned again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Goals:
    """Seconds after the blow."""

    notice: float
    owned: float


def card(seen: Watch, goals: Goals) -> dict[str, Any]:
    """What came of ended instances."""
    blows = seen.struck
    unowned, source = seen.unowned_s, "ledger"
    if unowned is None:
        source = FROM_STATUS
        known = [blow.held * blow.owned for blow in blows if blow.owned is not None]
        unowned = sum(known) if len(known) == len(blows) else None
    rows = [
        _row("noticed", "s", _last([blow.noticed for blow in blows]), goals.notice),
        _row("replaced", "s", _last([blow.replaced for blow in blows]), None),
        _row("owned again", "s", _last([blow.owned for blow in blows]), goals.owned),
        _row("whole again", "s", seen.whole, None),
        _row("unowned", "id-seconds", unowned, None, is_wanted=False),
        _row("double-owned", "id-seconds", seen.double_s, 0.0, is_wanted=False),
        _row("moved", "ids", float(seen.moves), 0.0),
    ]
    return {
        "passed": all(row["met"] is not False for row in rows),
        "precisionS": round(seen.precision, 3),
        "unownedFrom": source,
        "held": sum(blow.held for blow in blows),
        "instances": [asdict(blow) for blow in blows],
        "figures": rows,
    }


def card_of_leaders(seen: LeaderWatch, gap: float) -> dict[str, Any]:
    """What came of a change of leaders."""
    rows = [
        _row("led again", "s", seen.gap, gap),
        _row("instances restarted", "", float(seen.restarted), 0.0),
        _row("moved", "ids", float(seen.moves), 0.0),
        _row("unowned since", "id-seconds", seen.unowned_s, None, is_wanted=False),
        _row("double-owned since", "id-seconds", seen.double_s, 0.0, is_wanted=False),
    ]
    return {
        "passed": all(row["met"] is not False for row in rows),
        "epochs": [seen.before, seen.after],
        "figures": rows,
    }


def lines(found: dict[str, Any]) -> Iterator[str]:
    """The card for people."""
    rows = [
        [
            row["name"],
            _measured(row),
            DASH if row["goal"] is None else f"{row['goal']:g} {row['unit']}".strip(),
            {True: "ok", False: "FAILED", None: DASH}[row["met"]],
        ]
        for row in found["figures"]
    ]
    yield from columns(["", "measured", "at most", "verdict"], rows)
    yield ""
    if "precisionS" in found:
        yield f"looked every {found['precisionS']:.1f} s or more often; unowned: {found['unownedFrom']}"
    yield f"verdict: {'ok' if found['passed'] else 'FAILED'}"


def _measured(row: dict[str, Any]) -> str:
    if row["value"] is None:
        return DASH
    digits = 1 if row["unit"] in ("s", "id-seconds") else 0
    return f"{row['value']:,.{digits}f} {row['unit']}".strip()


def _row(
    name: str, unit: str, value: float | None, goal: float | None, *, is_wanted: bool = True
) -> dict[str, Any]:
    """``is_wanted``: that nothing was measured misses the goal, too."""
    met: bool | None = None
    if value is not None and goal is not None:
        met = value <= goal
    elif value is None and is_wanted:
        met = False
    return {
        "name": name,
        "unit": unit,
        "value": None if value is None else round(value, 3),
        "goal": goal,
        "met": met,
    }


def _last(times: Sequence[float | None]) -> float | None:
    """When the last of them was so; None where one was not."""
    known = [at for at in times if at is not None]
    return max(known, default=None) if len(known) == len(times) else None
