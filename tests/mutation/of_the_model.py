"""The rules that ``make model`` leaves out, one at a time, and those of its two small searches."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from orchestrator.core import health
from shardwright_worker import lease
from shardwright_worker.lease import Lease, Verdict
from shardwright_worker.protocol import Terms
from tests.model.breaks import BREAKS
from tests.model.gate import search_gate
from tests.model.lapse import search_leases
from tests.mutation.detectors import Model, SmallSearch
from tests.mutation.mutation import Mutation

_gate, _renew = health.kill_gate, Lease.renew

COMES_OF_IT = {
    "is served by two": "an id is served by two at once",
    "from here": "it comes to rest no more",
    "two lead at once": "two lead, neither in doubt",
    "was placed with": "a stale writer is accepted downstream",
    "it goes on for ever": "instances are replaced for ever",
}


def never_over(self: Lease, now: float) -> Verdict | None:
    return None


def renew_from_the_answer(self: Lease, *, sent: float, answered: float, terms: Terms) -> None:
    _renew(self, sent=answered, answered=answered, terms=terms)


def forgetful_gate(silent: Any, total: int, stopped_at: Any, *rest: Any, **named: Any) -> Any:
    return _gate(silent, total, [], *rest, **named)


def gate_of_any_channel(silent: Any, total: int, stopped_at: Any, policy: Any, **named: Any) -> Any:
    return _gate(silent, total, stopped_at, policy, **{**named, "proven": named["now"]})


def gate_from_the_start(silent: Any, total: int, stopped_at: Any, policy: Any, **named: Any) -> Any:
    return _gate(silent, total, stopped_at, policy, **{**named, "leading_since": -math.inf})


TOO_LONG = "it serves on when the orchestrator has written it off"

MUTATIONS = (
    *(
        Mutation(
            left_out=each.rule, breaks=COMES_OF_IT[each.breaks], says=(each.breaks,), detector=Model(each)
        )
        for each in BREAKS
    ),
    Mutation(
        left_out="a worker looks at its lease",
        breaks=TOO_LONG,
        says=("after the orchestrator heard",),
        detector=SmallSearch(search_leases),
        patches=((Lease, "verdict", never_over),),
    ),
    Mutation(
        left_out="a worker ends before its lease does",
        breaks=TOO_LONG,
        says=("after the orchestrator heard",),
        detector=SmallSearch(search_leases),
        patches=((lease, "SPENT_AT", 1.2),),
    ),
    Mutation(
        left_out="a lease counts from the sending of the exchange",
        breaks=TOO_LONG,
        says=("after the orchestrator heard",),
        detector=SmallSearch(search_leases),
        patches=((Lease, "renew", renew_from_the_answer),),
    ),
    Mutation(
        left_out="the kill gate counts earlier stops",
        breaks="more are stopped in a window than may be",
        says=("were stopped within",),
        detector=SmallSearch(partial(search_gate, 8)),
        patches=((health, "kill_gate", forgetful_gate),),
    ),
    Mutation(
        left_out="nobody is stopped while no channel is proven alive",
        breaks="instances are stopped that nobody could have heard",
        says=("nothing proves",),
        detector=SmallSearch(partial(search_gate, 8)),
        patches=((health, "kill_gate", gate_of_any_channel),),
    ),
    Mutation(
        left_out="a leader listens for a whole window before it stops anybody",
        breaks="instances are stopped for what was before this leader",
        says=("began to listen",),
        detector=SmallSearch(partial(search_gate, 8)),
        patches=((health, "kill_gate", gate_from_the_start),),
    ),
)
