"""Inputs that every run takes alike."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.core.decisions import Reason
from orchestrator.core.lifecycle import Verdict
from orchestrator.core.model import Instance
from orchestrator.replay.inputs import Input, Pass, Rests, Weighed, Wrote
from orchestrator.replay.kind import ReplayedKind


def learn(kind: ReplayedKind, one: Pass) -> None:
    if one.waiting is not None:
        kind.waiting = one.waiting
    if one.failing is not None:
        kind.failing = one.failing
    if one.present is not None:
        kind.listed([*one.hints, *(i for ids in one.free.values() for i in ids)], one.present)


def give_up(kind: ReplayedKind, ended: Mapping[int, tuple[Reason, str]]) -> None:
    for number, (reason, detail) in ended.items():
        shard = kind.shard(number)
        if shard is not None and shard.instance is Instance.LIVE:
            verdict = Verdict(incarnation=shard.incarnation, reason=reason, detail=detail)
            kind.verdicts[number] = verdict
            kind.awake.discard(number)


def tell(kind: ReplayedKind, one: Input) -> None:
    if isinstance(one, Weighed):
        kind.learn(one.traits)
    elif isinstance(one, Wrote):
        kind.write_paper(one.name, one.body)
    elif isinstance(one, Rests):
        kind.rest(paused=one.paused)
