"""``python -m shardwright_worker.audit DIR``: who held what, and where single ownership was broken."""

import argparse
import json
import os
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from .clock import boottime_ns
from .holds import BrokenLedger, History, Hold, read_ledgers

__all__ = ["Backwards", "Overlap", "Report", "audit", "main", "read_ledgers"]

_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two processes held an id at once, at least from ``since`` to ``until`` (boot-time nanoseconds)."""

    kind: str
    id: str
    first: str
    second: str
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Backwards:
    """An acquire carried a lower token than an earlier one of the same id."""

    kind: str
    id: str
    process: str
    token: tuple[int, int]
    earlier_process: str
    earlier_token: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Report:
    """What the ledgers say as of ``at``. ``served``: kind, then id, then the live processes that hold it."""

    at: int
    processes: int
    live: tuple[str, ...]
    served: dict[str, dict[str, tuple[str, ...]]]
    double_served: tuple[Overlap, ...]
    double_now: tuple[tuple[str, str], ...]
    unserved: tuple[str, ...]
    backwards: tuple[Backwards, ...]

    @property
    def is_clean(self) -> bool:
        """Nothing was found."""
        return not (self.double_served or self.double_now or self.unserved or self.backwards)


def audit(
    histories: Iterable[History],
    *,
    expected: Collection[str] = (),
    at: int | None = None,
    fresh: float = 1.0,
    settled_after: float = 0.0,
) -> Report:
    """Judge histories as of ``at`` (boot-time nanoseconds; now when None).

    A process is live when its last line is younger than ``fresh`` seconds and is not its end. An expected
    id counts as unserved when no live process holds it. ``settled_after`` seconds excuse hand-overs under
    way: ids that somebody held within that time, and all ids when the first ledger is younger. Where ids
    are expected, give histories of one kind.
    """
    told = list(histories)
    now = boottime_ns() if at is None else at
    live = {one.process for one in told if not one.ended and now - one.last < fresh * _SECOND}
    holds: defaultdict[tuple[str, str], list[tuple[Hold, str]]] = defaultdict(list)
    for history in told:
        for hold in history.holds:
            holds[history.kind, hold.id].append((hold, history.process))
    served: defaultdict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    overlaps: list[Overlap] = []
    backwards: list[Backwards] = []
    for (kind, id), those in sorted(holds.items()):
        those.sort(key=lambda one: (one[0].since, one[1]))
        owners = tuple(process for hold, process in those if hold.open and process in live)
        if owners:
            served[kind][id] = owners
        overlaps += _overlaps(kind, id, those)
        backwards += _backwards(kind, id, those)
    recent = now - int(settled_after * _SECOND)
    excused = {id for (_, id), those in holds.items() if any(hold.until > recent for hold, _ in those)}
    began = min((one.first for one in told), default=0)
    if settled_after > 0 and began > recent:
        excused.update(expected)
    owned = {id for ids in served.values() for id in ids}
    return Report(
        at=now,
        processes=len(told),
        live=tuple(sorted(live)),
        served=dict(served),
        double_served=tuple(overlaps),
        double_now=tuple((kind, id) for kind, ids in served.items() for id in ids if len(ids[id]) > 1),
        unserved=tuple(sorted(set(expected) - owned - (excused if settled_after > 0 else set()))),
        backwards=tuple(backwards),
    )


def _overlaps(kind: str, id: str, those: Sequence[tuple[Hold, str]]) -> Iterable[Overlap]:
    """Every hold that began before an earlier one of another process had ended, with the longest such."""
    for index, (hold, process) in enumerate(those):
        others = [one for one in those[:index] if one[1] != process and one[0].until > hold.since]
        if others:
            other, other_process = max(others, key=lambda one: one[0].until)
            yield Overlap(kind, id, other_process, process, hold.since, min(other.until, hold.until))


def _backwards(kind: str, id: str, those: Sequence[tuple[Hold, str]]) -> Iterable[Backwards]:
    highest: tuple[Hold, str] | None = None
    for hold, process in those:
        if highest is not None and hold.token < highest[0].token:
            yield Backwards(kind, id, process, hold.token, highest[1], highest[0].token)
        else:
            highest = (hold, process)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the report as JSON. Returns 0 when it is clean, 1 with findings, 2 when it could not be made."""
    parser = argparse.ArgumentParser(prog="python -m shardwright_worker.audit", description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--expect", type=Path, metavar="FILE", help="ids that must be served, one a line")
    parser.add_argument("--kind", help="look at the ledgers of this kind only")
    parser.add_argument(
        "--at", type=int, metavar="NS", help="judge as of this moment (boot-time nanoseconds)"
    )
    parser.add_argument(
        "--settled-after", type=float, default=0.0, metavar="S", help="excuse ids held S s ago"
    )
    options = parser.parse_args(arguments)
    try:
        if not options.directory.is_dir():
            raise NotADirectoryError(f"{options.directory} is not a directory")
        # The moment is taken before reading: what is written meanwhile must not look older than it is.
        at = boottime_ns() if options.at is None else options.at
        histories = read_ledgers(options.directory, kind=options.kind, until=options.at)
        expected = _expected(options.expect)
        if expected and len({one.kind for one in histories}) > 1:
            raise BrokenLedger("the ledgers are of several kinds: --expect needs --kind")
    except (OSError, BrokenLedger) as wrong:
        print(f"audit: {wrong}", file=sys.stderr)
        return 2
    report = audit(histories, expected=expected, at=at, settled_after=options.settled_after)
    try:
        print(json.dumps({"clean": report.is_clean, **asdict(report)}, indent=1), flush=True)
    except BrokenPipeError:
        # whoever reads has seen enough; without this the interpreter complains once more at its end
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    return 0 if report.is_clean else 1


def _expected(path: Path | None) -> frozenset[str]:
    if path is None:
        return frozenset()
    return frozenset(line.strip() for line in path.read_text("utf-8").splitlines() if line.strip())


if __name__ == "__main__":
    sys.exit(main())
