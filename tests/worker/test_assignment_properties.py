"""Any sequence of answers, calls and failures: what one worker does, and what several may hold together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from shardwright_worker import assignment as module
from shardwright_worker.assignment import Assignment, Job, Outcome, Verb
from shardwright_worker.protocol import Answer, Beat, Difference, Terms, Token, Whole

TERMS = Terms(15.0, 5.0, False, None)
IDS = ("a", "b", "c", "d", "e")
SETS = st.frozensets(st.sampled_from(IDS))


@contextmanager
def few_pending() -> Iterator[None]:
    """Two named ids at most, so that ``more`` is met often."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MAX_PENDING", 2)
        yield


class OneWorker(RuleBasedStateMachine):
    """One assignment against a model that only counts what began and what returned."""

    def __init__(self) -> None:
        super().__init__()
        self.assignment = Assignment(7)
        self.now = 0.0
        self.commit = 0
        self.wanted: dict[str, int] = {}
        self.held: set[str] = set()
        self.jobs: list[Job] = []
        self.failed: dict[str, Verb] = {}

    @rule(ids=SETS, step=st.integers(1, 3), is_whole=st.booleans())
    def answer(self, ids: frozenset[str], step: int, is_whole: bool) -> None:
        self.commit += 1
        base = self.assignment.generation
        gone, new = frozenset(self.wanted) - ids, ids - frozenset(self.wanted)
        change = Whole(tuple(ids)) if is_whole else Difference(base, tuple(new), tuple(gone))
        answer = Answer(base + step, self.commit, TERMS, change)
        assert self.assignment.apply(answer) is Outcome.APPLIED
        self.wanted = {id: self.wanted.get(id, self.commit) for id in ids}

    @rule(ids=SETS, step=st.integers(1, 3))
    def stale_answer(self, ids: frozenset[str], step: int) -> None:
        generation = self.assignment.generation
        self.assignment.apply(Answer(generation - step, 0, TERMS, Whole(tuple(ids))))
        self.assignment.apply(Answer(generation, 0, TERMS, Whole(tuple(ids))))
        wrong = Difference(generation + step, tuple(ids), IDS)
        assert self.assignment.apply(Answer(generation + 1, 0, TERMS, wrong)) is Outcome.REFUSED

    @rule(verb=st.sampled_from(Verb))
    def begin(self, verb: Verb) -> None:
        job = self.assignment.begin(verb, self.now)
        if job is None:
            return
        assert job.id not in {other.id for other in self.jobs}
        if verb is Verb.ACQUIRE:
            assert job.id in self.wanted
            assert job.token == Token(self.wanted[job.id], 7)
            assert job.id not in self.held or self.failed.get(job.id) is Verb.ACQUIRE
            self.held.add(job.id)
        else:
            assert job.id in self.held
            assert job.id not in self.wanted or self.failed.get(job.id) is Verb.RELEASE
        self.jobs.append(job)

    @precondition(lambda self: self.jobs)
    @rule(data=st.data(), raises=st.booleans())
    def end(self, data: st.DataObject, raises: bool) -> None:
        job = data.draw(st.sampled_from(self.jobs))
        self._end(job, raises)

    @rule(seconds=st.sampled_from([0.05, 0.1, 1.0, 6.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    def _end(self, job: Job, raises: bool) -> None:
        self.jobs.remove(job)
        if raises:
            self.failed[job.id] = job.verb
            self.assignment.raised(job, self.now)
            return
        self.failed.pop(job.id, None)
        if job.verb is Verb.RELEASE:
            self.held.remove(job.id)
        self.assignment.returned(job)

    @invariant()
    def the_beat_names_exactly_what_is_held_and_not_wanted(self) -> None:
        beat = self.assignment.snapshot()
        pending = self.held - set(self.wanted)
        assert self.assignment.held == self.held
        assert set(beat.pending) <= pending
        assert len(beat.pending) == len(set(beat.pending)) == min(2, len(pending))
        assert beat.more is (len(pending) > 2)
        assert beat.held == len(self.held)
        assert beat.acquiring == sum(job.verb is Verb.ACQUIRE for job in self.jobs)

    def teardown(self) -> None:
        """Left alone, it ends up holding exactly what is wanted."""
        for _ in range(4 * len(IDS)):
            self.now += 10.0
            for job in list(self.jobs):
                self._end(job, raises=False)
            for verb in Verb:
                self.begin(verb)
        assert not self.jobs
        assert self.held == set(self.wanted)


class Shard:
    """What the orchestrator keeps of one shard, and the worker that serves it."""

    def __init__(self) -> None:
        self.assignment = Assignment(1)
        self.generation = 0
        self.ids: set[str] = set()
        self.releasing: dict[str, int] = {}
        self.beats: list[Beat] = []
        self.jobs: list[Job] = []

    def is_freed_by(self, id: str, beat: Beat) -> bool:
        return not beat.more and beat.generation >= self.releasing[id] and id not in beat.pending


class HandOff(RuleBasedStateMachine):
    """Ids wander between shards by the rules, with late, lost and repeated beats and answers."""

    def __init__(self) -> None:
        super().__init__()
        self.shards = [Shard(), Shard(), Shard()]
        self.shards[0].ids = set(IDS)
        self.commit = 0
        self.answers: list[tuple[Shard, Answer]] = []
        self.now = 0.0
        self.last_token: dict[str, Token] = {}

    @rule(index=st.integers(0, 2), ids=SETS)
    def move_away(self, index: int, ids: frozenset[str]) -> None:
        shard = self.shards[index]
        moved = ids & shard.ids
        if moved:
            self.commit += 1
            shard.generation += 1
            shard.ids -= moved
            shard.releasing.update(dict.fromkeys(moved, shard.generation))

    @rule(index=st.integers(0, 2), id=st.sampled_from(IDS))
    def move_back(self, index: int, id: str) -> None:
        shard = self.shards[index]
        if shard.releasing.pop(id, None) is not None:
            self._place(shard, id)

    def _place(self, shard: Shard, id: str) -> None:
        self.commit += 1
        shard.generation += 1
        shard.ids.add(id)

    @rule(index=st.integers(0, 2))
    def beat(self, index: int) -> None:
        shard = self.shards[index]
        shard.beats.append(shard.assignment.snapshot())

    @rule(data=st.data(), index=st.integers(0, 2), to=st.integers(0, 2))
    def hear(self, data: st.DataObject, index: int, to: int) -> None:
        """Any beat ever sent may arrive now: of an abandoned exchange, late, or twice."""
        shard = self.shards[index]
        if not shard.beats:
            return
        heard = data.draw(st.sampled_from(shard.beats))
        for id in [id for id in shard.releasing if shard.is_freed_by(id, heard)]:
            del shard.releasing[id]
            self._place(self.shards[to], id)
        change = Whole(tuple(shard.ids))
        self.answers.append((shard, Answer(shard.generation, self.commit, TERMS, change)))

    @precondition(lambda self: self.answers)
    @rule(data=st.data())
    def apply(self, data: st.DataObject) -> None:
        """Any answer ever given may arrive now; a worker must not fall back to an older one."""
        shard, answer = data.draw(st.sampled_from(self.answers))
        shard.assignment.apply(answer)

    @rule(index=st.integers(0, 2), verb=st.sampled_from(Verb))
    def begin(self, index: int, verb: Verb) -> None:
        shard = self.shards[index]
        job = shard.assignment.begin(verb, self.now)
        if job is None:
            return
        shard.jobs.append(job)
        if job.token is not None:
            assert job.token >= self.last_token.get(job.id, job.token)
            self.last_token[job.id] = job.token

    @rule(data=st.data(), index=st.integers(0, 2), raises=st.booleans())
    def end(self, data: st.DataObject, index: int, raises: bool) -> None:
        shard = self.shards[index]
        if not shard.jobs:
            return
        job = data.draw(st.sampled_from(shard.jobs))
        shard.jobs.remove(job)
        self.now += 10.0
        if raises:
            shard.assignment.raised(job, self.now)
        else:
            shard.assignment.returned(job)

    @invariant()
    def no_id_is_held_by_two_workers(self) -> None:
        held = [id for shard in self.shards for id in shard.assignment.held]
        assert len(held) == len(set(held))


@pytest.mark.parametrize("machine", [OneWorker, HandOff])
def test_no_sequence_of_answers_calls_and_failures_breaks_an_invariant(
    machine: type[RuleBasedStateMachine],
) -> None:
    with few_pending():
        run_state_machine_as_test(
            machine, settings=settings(max_examples=120, stateful_step_count=40, deadline=None, database=None)
        )
