"""What a run of history came to, held against what was recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from orchestrator.replay.kind import ReplayedKind
from orchestrator.replay.recording import Recording
from orchestrator.replay.score import Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """What the run came to, against what was recorded. ``elsewhere``: ids with another owner; ``examples`` of
    them: id, recorded, replayed. ``adopted``: how often the run had to go on from a later checkpoint.
    """

    ids: int
    elsewhere: int
    examples: tuple[tuple[str, int | None, int | None], ...] = ()
    adopted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """``differences``: None where the recording has no end to compare with."""

    score: Score
    owned: Mapping[str, int]
    differences: Differences | None


def outcome_of(kind: ReplayedKind, recording: Recording, adopted: int) -> Replayed:
    kind.scorer.pass_to(recording.until)
    kind.scorer.look(kind.view, kind.answering(), len(kind.nowhere), balance=True)
    owned = kind.owned()
    score = kind.scorer.score(kind.view, len(kind.nowhere))
    differences = None
    if recording.end is not None:
        recorded = {i: n for n, shard in recording.end.shards.items() for i in shard.ids()}
        differences = _compare(recorded, owned, adopted)
    return Replayed(score=score, owned=owned, differences=differences)


def _compare(recorded: Mapping[str, int], owned: Mapping[str, int], adopted: int) -> Differences:
    ids: Iterable[str] = sorted(recorded.keys() | owned.keys())
    other = [(i, recorded.get(i), owned.get(i)) for i in ids if recorded.get(i) != owned.get(i)]
    return Differences(ids=len(recorded), elsewhere=len(other), examples=tuple(other[:5]), adopted=adopted)
