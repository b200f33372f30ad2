"""Numbers that are never given twice, though a backup knows only those that were given before it. Pure.

What was given since is not known. So a restore goes on from the clock: no installation takes numbers as
fast as it counts them, hence none that was given before the restore is as large, whether by the lost store
or after an earlier restore of the same file.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from orchestrator.core.model import KindState
from orchestrator.store.archive import Archive

COMMITS_A_SECOND: Final = 1_000_000
INCARNATIONS_A_SECOND: Final = 1_000
SECONDS_AN_EPOCH: Final = 3600
"""Epochs are counted in few bits: the ids of the stream hold one together with a number of its own."""


def renumbered(archive: Archive, at: float) -> Archive:
    """The archive with each kind's commit and next incarnation above all that were given before ``at``.

    ``at``: wall-clock seconds, later than the backup. Ids, generations and incarnations of shards stay.
    """
    kinds = {name: replace(kind, state=_renumbered(kind.state, at)) for name, kind in archive.kinds.items()}
    return replace(archive, kinds=kinds)


def epoch_after(known: int, at: float) -> int:
    """An epoch above those of all leaders before ``at``. ``known``: the highest one that is known of."""
    return max(known + 1, int(at // SECONDS_AN_EPOCH))


def _renumbered(state: KindState, at: float) -> KindState:
    return replace(
        state,
        commit=max(state.commit + 1, int(at * COMMITS_A_SECOND)),
        next_incarnation=max(state.next_incarnation + 1, int(at * INCARNATIONS_A_SECOND)),
    )
