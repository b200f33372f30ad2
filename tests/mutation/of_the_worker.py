"""What the worker's library says that it holds."""

from __future__ import annotations

from shardwright_worker.assignment import Assignment, Job, Verb
from tests.mutation.detectors import Worlds
from tests.mutation.mutation import Mutation

_raised = Assignment.raised


def raised_is_released(self: Assignment, job: Job, now: float) -> None:
    if job.verb is Verb.RELEASE:
        self.returned(job)
    else:
        _raised(self, job, now)


def raised_is_not_begun(self: Assignment, job: Job, now: float) -> None:
    _raised(self, job, now)
    if job.verb is Verb.ACQUIRE:
        self._phase.pop(job.id, None)
        self._pending.pop(job.id, None)
        self._propose(job.id)


MUTATIONS = (
    Mutation(
        left_out="what raised on its release is held",
        breaks="an id has two owners",
        says=("S1",),
        detector=Worlds(),
        patches=((Assignment, "raised", raised_is_released),),
    ),
    Mutation(
        left_out="what raised on its acquire is held",
        breaks="what it left running runs beside the next owner",
        says=("S1",),
        detector=Worlds(),
        patches=((Assignment, "raised", raised_is_not_begun),),
    ),
)
