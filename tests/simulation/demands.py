"""Whether ids are placed where their labels and people's pins let them."""

from __future__ import annotations

from collections.abc import Callable

from orchestrator.core.model import Labels
from orchestrator.core.placement.pins import PAPER, pins_in
from orchestrator.core.traits import label, labels_of
from tests.simulation.rules import Seen
from tests.simulation.story import Story

ZONES = ("x", "y")


def labels_for(resource_id: str) -> Labels:
    """By the number of the id: twins, those of a zone, and friends, two and two in ten."""
    number = resource_id[1:]
    if not number.isdigit():
        return ()
    ten, one = divmod(int(number), 10)
    if one in (0, 1):
        return labels_of({"twin": str(ten)})
    if one in (4, 5):
        return labels_of({"zone": ZONES[(ten + one) % 2]})
    if one in (7, 8):
        return labels_of({"friend": str(ten)})
    return ()


def twin_of(resource_id: str) -> str | None:
    """The one that must be on another shard."""
    if not any(name == "twin" for name, _ in labels_for(resource_id)):
        return None
    number = int(resource_id[1:])
    return f"{resource_id[0]}{number + 1 if number % 10 == 0 else number - 1}"


def check_demands(
    story: Story,
    kind: str,
    before: Seen | None,
    after: Seen,
    *,
    ruled: bool,
    is_known: Callable[[str, str], bool],
) -> None:
    """S24: of each id that has come to a shard.

    ``ruled``: whether the kind has rules at all. ``is_known``: whether whoever reads the catalog is told
    of an id; the labels of no other are known.
    """
    owned_before = {} if before is None else before.owned
    on_their_way = {} if before is None else before.releasing
    pins = pins_in(after.loaded.papers.get(PAPER))
    for resource_id, number in after.owned.items() if ruled or pins else ():
        if owned_before.get(resource_id) == number:
            continue
        pinned = pins.get(resource_id, number)
        wrong = pinned != number and resource_id not in owned_before and resource_id not in on_their_way
        story.require(not wrong, f"S24: {resource_id} of {kind} is pinned to {pinned}, and came to {number}")
        if resource_id in pins:
            story.meet("placed where it is pinned", int(pinned == number))
        if ruled and before is not None:
            _check_labels(story, kind, resource_id, number, after, is_known)


def _check_labels(
    story: Story,
    kind: str,
    resource_id: str,
    number: int,
    after: Seen,
    is_known: Callable[[str, str], bool],
) -> None:
    zone = label(labels_for(resource_id), "zone")
    has = label(after.loaded.shards[number].labels, "zone")
    # Who is deleted and not let go of yet has no labels for whoever reads the catalog.
    wrong = zone not in (None, has) and is_known(kind, resource_id)
    story.require(not wrong, f"S24: {resource_id} of {kind} needs {zone}, and came to one of {has}")
    twin = twin_of(resource_id)
    meets = twin is not None and after.owned.get(twin) == number and is_known(kind, twin)
    story.require(not meets, f"S24: {resource_id} of {kind} came to {number}, where {twin} is")
    if twin is not None or zone is not None:
        story.meet("placed as its labels ask")
