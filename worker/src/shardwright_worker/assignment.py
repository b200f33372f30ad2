"""What an instance shall hold and does hold. Pure: no thread, clock or I/O; moments are arguments.

An id is *held* from the begin of its first ``acquire`` until a ``release`` has returned. Between the two it
stays held whatever fails, because a callback that raised may have left something running.
"""

import heapq
from collections.abc import Iterable
from enum import Enum, auto
from itertools import count, islice
from typing import NamedTuple

from .backoff import growing
from .protocol import MAX_PENDING, NOTHING_APPLIED, Answer, Beat, Difference, Token, Whole

_FIRST_RETRY = 0.1
_LONGEST_RETRY = 5.0


class Verb(Enum):
    """What is done to an id."""

    ACQUIRE = auto()
    RELEASE = auto()


class Job(NamedTuple):
    """One call of the application that has been begun. ``token`` is None for a release."""

    verb: Verb
    id: str
    token: Token | None


class Outcome(Enum):
    """What became of an answer."""

    APPLIED = auto()
    RENEWED = auto()
    REFUSED = auto()


class _Phase(Enum):
    """Of a held id; an id that is not held has none."""

    ACQUIRING = auto()
    SERVING = auto()
    ACQUIRE_RAISED = auto()
    RELEASING = auto()
    RELEASE_RAISED = auto()


class Assignment:
    """The state of one incarnation. Not thread-safe; its caller holds one lock around every method."""

    def __init__(self, incarnation: int) -> None:
        self.generation = NOTHING_APPLIED
        self._incarnation = incarnation
        self._retired = False
        self._desired: dict[str, Token] = {}
        self._phase: dict[str, _Phase] = {}
        self._acquiring = 0
        self._pending: dict[str, None] = {}  # ordered, so that a beat names those waiting longest
        self._failures: dict[str, int] = {}
        self._not_before: dict[str, float] = {}
        # In the order to take them up. What is true when one is taken up decides, not what was when it was
        # made: so nothing ever needs to be found and removed from them.
        self._proposals: dict[Verb, list[tuple[float, int, str]]] = {verb: [] for verb in Verb}
        self._order = count()

    @property
    def held(self) -> frozenset[str]:
        """Ids whose acquire has begun and whose release has not returned."""
        return frozenset(self._phase)

    def holds(self, id: str) -> bool:
        """Whether its acquire has begun and no release has returned since."""
        return id in self._phase

    def snapshot(self) -> Beat:
        """The beat that is true now."""
        pending = tuple(islice(self._pending, MAX_PENDING))
        more = len(self._pending) > MAX_PENDING
        return Beat(self._incarnation, self.generation, pending, more, len(self._phase), self._acquiring)

    def has_news(self, sent: Beat) -> bool:
        """Whether a beat sent now would acknowledge something that ``sent`` did not."""
        if len(self._pending) > MAX_PENDING:
            return False
        if sent.more or sent.generation < self.generation:
            return True
        return any(id not in self._pending for id in sent.pending)

    def apply(self, answer: Answer) -> Outcome:
        """Take over an answer that is newer; one that is not, or does not fit, changes nothing."""
        if answer.generation == self.generation:
            return Outcome.RENEWED
        change = answer.change
        if answer.generation < self.generation:
            return Outcome.REFUSED
        if isinstance(change, Difference) and change.base != self.generation:
            return Outcome.REFUSED
        token = Token(answer.commit, self._incarnation)
        if isinstance(change, Whole):
            ids = frozenset(change.ids)
            self._remove([id for id in self._desired if id not in ids])
            self._add((id for id in change.ids if id not in self._desired), token)
        else:
            self._remove(change.remove)
            self._add(change.add, token)
        self.generation = answer.generation
        return Outcome.APPLIED

    def retire(self) -> None:
        """Want nothing any more: what is held is to be released, no answer is awaited."""
        self._retired = True
        for id, phase in self._phase.items():
            if phase is _Phase.ACQUIRE_RAISED:
                self._forget_failures(id)
            self._propose(id)

    def begin(self, verb: Verb, now: float) -> Job | None:
        """Begin the next call of this verb that is due, or None. From here on an acquired id is held."""
        proposals = self._proposals[verb]
        while proposals and proposals[0][0] <= now:
            due, _, id = heapq.heappop(proposals)
            if self._next_verb(id) is not verb or due < self._not_before.get(id, due):
                continue
            if verb is Verb.RELEASE:
                self._phase[id] = _Phase.RELEASING
                return Job(verb, id, None)
            self._phase[id] = _Phase.ACQUIRING
            self._acquiring += 1
            return Job(verb, id, self._desired[id])
        return None

    def next_due(self, verb: Verb) -> float | None:
        """When to ask ``begin`` again; None: not before something has changed. Too early does no harm."""
        proposals = self._proposals[verb]
        return proposals[0][0] if proposals else None

    def returned(self, job: Job) -> None:
        """The call returned: an acquired id is served, a released one is not held any more."""
        self._failures.pop(job.id, None)
        self._not_before.pop(job.id, None)
        if job.verb is Verb.ACQUIRE:
            self._phase[job.id] = _Phase.SERVING
            self._acquiring -= 1
        else:
            del self._phase[job.id]
            self._pending.pop(job.id, None)
        self._propose(job.id)

    def raised(self, job: Job, now: float) -> None:
        """The call raised: the id stays held, and the call is due again later (or a release at once)."""
        failures = self._failures[job.id] = self._failures.get(job.id, 0) + 1
        self._not_before[job.id] = now + growing(failures, _FIRST_RETRY, _LONGEST_RETRY)
        if job.verb is Verb.ACQUIRE:
            self._phase[job.id] = _Phase.ACQUIRE_RAISED
            self._acquiring -= 1
            if not self._is_wanted(job.id):
                self._forget_failures(job.id)
        else:
            self._phase[job.id] = _Phase.RELEASE_RAISED
        self._propose(job.id)

    def _remove(self, ids: Iterable[str]) -> None:
        for id in ids:
            if self._desired.pop(id, None) is None:
                continue
            if id in self._phase:
                self._pending[id] = None
                if self._phase[id] is _Phase.ACQUIRE_RAISED:
                    self._forget_failures(id)
                self._propose(id)

    def _add(self, ids: Iterable[str], token: Token) -> None:
        for id in ids:
            self._desired[id] = token
            self._pending.pop(id, None)
            self._propose(id)

    def _forget_failures(self, id: str) -> None:
        self._failures.pop(id, None)
        self._not_before.pop(id, None)

    def _is_wanted(self, id: str) -> bool:
        return not self._retired and id in self._desired

    def _next_verb(self, id: str) -> Verb | None:
        """What is to be done to an id now that no call of it is under way; None: nothing, or one is."""
        match self._phase.get(id):
            case _Phase.ACQUIRING | _Phase.RELEASING:
                return None
            case _Phase.RELEASE_RAISED:
                return Verb.RELEASE
            case _Phase.SERVING:
                return None if self._is_wanted(id) else Verb.RELEASE
            case _Phase.ACQUIRE_RAISED:
                return Verb.ACQUIRE if self._is_wanted(id) else Verb.RELEASE
            case None:
                return Verb.ACQUIRE if self._is_wanted(id) else None

    def _propose(self, id: str) -> None:
        verb = self._next_verb(id)
        if verb is not None:
            due = self._not_before.get(id, 0.0)
            heapq.heappush(self._proposals[verb], (due, next(self._order), id))
