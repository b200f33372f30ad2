"""How many ids of a kind are unowned on purpose."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from orchestrator.core.poison.quarantine import apart_in
from orchestrator.core.view import View


class Apart(NamedTuple):
    """``aside``: a trial does without them for now; ``leaving``: their owner has yet to let go of them;
    ``nowhere``: no shard has them.
    """

    aside: int
    leaving: int
    nowhere: int


def count_apart(view: View, set_aside: Collection[str]) -> Apart:
    """``set_aside``: the ids that a trial does without for now."""
    aside = 0
    if set_aside:
        for shard in view.shards.values():
            for _, entry in shard.entries():
                if entry.to == shard.number:
                    aside += sum(1 for resource_id in entry.ids if resource_id in set_aside)
    leaving = sum(1 for resource_id in apart_in(view.papers) if _is_let_go(view, resource_id))
    return Apart(aside, leaving, len(nowhere(view)))


def nowhere(view: View) -> frozenset[str]:
    """The ids in quarantine that no shard has."""
    return frozenset(i for i in apart_in(view.papers) if i not in view.index)


def _is_let_go(view: View, resource_id: str) -> bool:
    place = view.index.get(resource_id)
    if place is None:
        return False
    entries = view.shards[place.shard].chunks[place.chunk].releasing
    return any(entry.to is None and resource_id in entry.ids for entry in entries)
