"""A steady stream of changes, as a living platform makes them."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from orchestrator.demo.database import DemoTarget, application
from orchestrator.demo.models import METAS, MODELS, resource_id
from orchestrator.demo.rows import Progress, next_number

_WEIGHTS = {"add": 40, "remove": 35, "update": 20, "touch": 5}
_THING_SHARE = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class ChurnReport:
    """What was done, and what the catalog holds afterwards.

    ``late_s`` is how far the last change was behind its time; ``published`` the messages that the
    broker acknowledged, ``waiting`` those still in the outbox.
    """

    added: int
    removed: int
    updated: int
    touched: int
    ids: dict[str, frozenset[str]]
    late_s: float
    published: int
    waiting: int


def churn(
    target: DemoTarget, rate: float, seconds: float, seed: int, *, progress: Progress | None = None
) -> ChurnReport:
    """Make ``rate`` changes a second for ``seconds``, the same ones for the same seed and database.

    Each change is one transaction, begun at its own time whether or not earlier ones were slow.
    Raises ValueError for a rate that is not positive.
    """
    if rate <= 0:
        raise ValueError("the rate must be positive")
    total = round(rate * seconds)
    with application(target) as running:
        stream = _Stream(running.sessions, random.Random(seed))
        began = time.monotonic()
        for n in range(total):
            due = began + n / rate
            time.sleep(max(0.0, due - time.monotonic()))
            stream.step()
            if progress and (n + 1) % max(1, total // 100) == 0:
                progress(n + 1, total)
        late = max(0.0, time.monotonic() - began - total / rate)
        running.relay.drain(10.0)
        return ChurnReport(
            added=stream.done["add"],
            removed=stream.done["remove"],
            updated=stream.done["update"],
            touched=stream.done["touch"],
            ids={kind: frozenset(ids) for kind, ids in stream.ids.items()},
            late_s=late,
            published=running.relay.published,
            waiting=running.relay.backlog(),
        )


class _Stream:
    """Chooses and makes one change at a time; nobody else changes the catalog meanwhile."""

    def __init__(self, sessions: sessionmaker[Session], chance: random.Random) -> None:
        self._sessions = sessions
        self._chance = chance
        self.done = dict.fromkeys(_WEIGHTS, 0)
        with sessions() as session:
            # Lists, not sets: a choice from them is the same in every process.
            self.ids = {
                kind: list(session.scalars(select(m.id).order_by(m.id))) for kind, m in MODELS.items()
            }
            self._next = {kind: next_number(session, m) for kind, m in MODELS.items()}

    def step(self) -> None:
        verb = self._chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
        kind = "Thing" if self._chance.random() < _THING_SHARE else "Rule"
        if verb in ("remove", "update") and not self.ids[kind]:
            verb = "add"
        with self._sessions.begin() as session:
            {"add": self._add, "remove": self._remove, "update": self._update, "touch": self._touch}[verb](
                session, kind
            )
        self.done[verb] += 1

    def _add(self, session: Session, kind: str) -> None:
        new = resource_id(kind, self._next[kind])
        self._next[kind] += 1
        session.add(MODELS[kind](id=new, name=f"{kind} {new}"))
        self.ids[kind].append(new)

    def _remove(self, session: Session, kind: str) -> None:
        ids = self.ids[kind]
        position = self._chance.randrange(len(ids))
        ids[position], ids[-1] = ids[-1], ids[position]
        session.delete(session.get_one(MODELS[kind], ids.pop()))

    def _update(self, session: Session, kind: str) -> None:
        chosen = self._chance.choice(self.ids[kind])
        row = session.get_one(MODELS[kind], chosen)
        row.name = f"{kind} {self._chance.randrange(10**9)}"

    def _touch(self, session: Session, _kind: str) -> None:
        model = self._chance.choice(METAS)
        row = session.scalars(select(model).order_by(model.id).limit(1)).one_or_none()
        if row is not None:
            row.version += 1
