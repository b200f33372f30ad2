"""What happens between two transactions of one convoy, right before the next of them is carried out."""

from __future__ import annotations

from orchestrator.core.decisions import Transaction
from orchestrator.store.memory import MemoryStore
from tests.simulation.checker import WatchedDocuments
from tests.simulation.process import Process


def disturb(
    process: Process, documents: WatchedDocuments, session: MemoryStore, transaction: Transaction
) -> None:
    """By chance: a hand writes to one of its documents, the session ends, the leader falls."""
    weather, story = process.weather, process.story
    if weather.happens(weather.touched_before_commit):
        layout, kind = documents.layout, transaction.kind
        paths = [layout.kind(kind), *(layout.shard(kind, change.number) for change in transaction.changes)]
        path = weather.chance.choice([one for one in paths if one in documents.documents])
        story.tell("meddler", f"writes {path}")
        story.meet("written by hand inside a convoy")
        documents.by_hand(path, lambda body: body)
    if weather.happens(weather.session_ended):
        story.tell(process.label, "has its session ended")
        story.meet("session ended inside a convoy")
        session.expire()
    if weather.happens(weather.crash_in_convoy):
        story.meet("crash inside a convoy")
        process.fall()
