"""What begins, ends and replaces instances, and whose word counts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from orchestrator.core import lifecycle
from orchestrator.core.draft import Draft
from orchestrator.core.health import Diagnosis, Pulse, Sentence, diagnose
from orchestrator.core.model import Instance, Shard
from orchestrator.core.policy import HealthPolicy
from orchestrator.engine import exchange, judge, reconciler, roster, supervisor
from orchestrator.engine.answers import Turned
from orchestrator.ports import Beat, InstanceSeen
from orchestrator.runtime.memory import MemoryRuntime
from tests.matrix.fault import Fault
from tests.model.configurations import CONFIGURATIONS
from tests.mutation.detectors import Matrix, Model, Worlds
from tests.mutation.mutation import Mutation

STOPS = next(each for each in CONFIGURATIONS if each.name == "stops").smaller(1)

_plan_instances = lifecycle.plan_instances
_ask = MemoryRuntime._ask


def diagnose_without_grace(pulse: Pulse, policy: HealthPolicy, *, now: float) -> Diagnosis:
    if pulse.last_beat is None:
        pulse = replace(pulse, last_beat=pulse.started - policy.deadline)
    return diagnose(pulse, policy, now=now)


def open_gate(silent: Collection[int], *rest: Any, **named: Any) -> Sentence:
    return Sentence(stop=tuple(sorted(silent)))


def end_all_that_stop(draft: Draft, *, fenced: Mapping[int, str], **named: Any) -> None:
    stopping = {s.number: "" for s in draft.shards() if s.instance is Instance.STOPPING}
    _plan_instances(draft, fenced=stopping, **named)


def no_backoff(failures: int, policy: HealthPolicy) -> float:
    return 0.0


def nothing_unwanted(shard: Shard | None, seen: InstanceSeen) -> bool:
    return False


def stop_whatever_runs(self: MemoryRuntime, key: Any, incarnation: int, grace_s: float) -> None:
    there = self._seen.get(key)
    _ask(self, key, incarnation if there is None else there.incarnation, grace_s)


def admit_any_incarnation(shard: Shard | None, beat: Beat, *, holds: bool) -> Shard | Turned:
    if not holds or shard is None or shard.instance is Instance.NONE:
        return Turned(status=503, detail="not now")
    return shard


MUTATIONS = (
    Mutation(
        left_out="who has just begun has a grace",
        breaks="instances are stopped before they can beat, again and again",
        says=("S10",),
        detector=Worlds(),
        patches=((roster, "diagnose", diagnose_without_grace),),
    ),
    Mutation(
        left_out="the kill gate",
        breaks="a channel that is cut stops all at once",
        says=("S9", "S10"),
        detector=Worlds(),
        patches=((judge, "kill_gate", open_gate),),
    ),
    Mutation(
        left_out="an instance has ended when the runtime says so",
        breaks="an id has two owners",
        says=("is served by two",),
        detector=Model(STOPS),
        patches=((lifecycle, "plan_instances", end_all_that_stop),),
    ),
    Mutation(
        left_out="the writer of a kind waits for evidence of an end",
        breaks="a shard without an instance has one",
        says=("S7",),
        detector=Worlds(),
        patches=((reconciler, "plan_instances", end_all_that_stop),),
    ),
    Mutation(
        left_out="a stop names the incarnation that was judged",
        breaks="a late stop ends the next instance",
        says=("S11",),
        detector=Matrix("instance failure", (Fault.LATE,)),
        patches=((MemoryRuntime, "_ask", stop_whatever_runs),),
    ),
    Mutation(
        left_out="an exchange of another incarnation gets nothing",
        breaks="a process that is over, or none, is told what to serve",
        says=("S12",),
        detector=Worlds(),
        patches=((exchange, "admit", admit_any_incarnation),),
    ),
    Mutation(
        left_out="an instance that ends early is begun again after a while only",
        breaks="it is begun without a pause",
        says=("L11",),
        detector=Worlds(),
        patches=((roster, "backoff", no_backoff),),
    ),
    Mutation(
        left_out="what runs and is not wanted is ended",
        breaks="what a late create began is in the way for ever",
        says=("L1", "L4"),
        detector=Worlds(),
        patches=((supervisor, "is_unwanted", nothing_unwanted),),
    ),
)
