"""What one leader at a time may do: write, ask the runtime, and know what was written."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from orchestrator.core.decisions import Ambiguous, CommitResult
from orchestrator.engine.effects import Effects
from orchestrator.engine.leadership import Leadership
from orchestrator.engine.supervisor import Supervisor
from orchestrator.engine.tenure import Tenure
from orchestrator.ports import Office
from orchestrator.store import memory, transaction
from orchestrator.store.operations import ANY, Check, Operation
from tests.matrix.fault import Fault
from tests.model.configurations import CONFIGURATIONS
from tests.mutation.detectors import Matrix, Model, Worlds
from tests.mutation.mutation import Mutation

REPLIES = next(each for each in CONFIGURATIONS if each.name == "replies").smaller(2)

_encode, _holds = transaction.encode_transaction, Leadership.holds
_carry_out, _sweep = Effects._carry_out, Supervisor._sweep
_at_effects: ContextVar[bool] = ContextVar("_at_effects", default=False)


def encode_for_any_leader(wanted: Any, layout: Any, *rest: Any) -> tuple[Operation, ...]:
    _, *operations = _encode(wanted, layout, *rest)
    return (Check(layout.leader, ANY), *operations)


def encode_without_leader(wanted: Any, layout: Any, *rest: Any) -> tuple[Operation, ...]:
    _, *operations = _encode(wanted, layout, *rest)
    return tuple(operations)


def holds_for_effects(self: Leadership) -> bool:
    return _holds(self) or (_at_effects.get() and not self.lost.is_set() and self._office is not None)


async def carry_out_ungated(self: Effects, number: int) -> None:
    _at_effects.set(True)
    await _carry_out(self, number)


async def sweep_ungated(self: Supervisor, seen: Any) -> None:
    token = _at_effects.set(True)
    try:
        await _sweep(self, seen)
    finally:
        _at_effects.reset(token)


async def settle_nothing(self: Leadership, office: Office, doubt: Ambiguous) -> CommitResult:
    return doubt


async def keep_the_view(self: Tenure, result: CommitResult) -> None:
    self.recorder.counters[f"commits.{type(result).__name__.lower()}"] += 1


async def ask_nobody_who_leads(self: Leadership) -> None:
    return


MUTATIONS = (
    Mutation(
        left_out="a transaction checks the version of the office",
        breaks="a deposed leader writes",
        says=("which it does not hold",),
        detector=Model(REPLIES),
        patches=((transaction, "encode_transaction", encode_for_any_leader),),
    ),
    Mutation(
        left_out="a transaction checks the office at all",
        breaks="a deposed leader writes",
        says=("S6",),
        detector=Worlds(),
        patches=((memory, "encode_transaction", encode_without_leader),),
    ),
    Mutation(
        left_out="the deadline gates each effect on the runtime",
        breaks="a leader in doubt begins and ends instances",
        says=("S6",),
        detector=Matrix("instance failure", (Fault.FROZEN,)),
        patches=(
            (Leadership, "holds", holds_for_effects),
            (Effects, "_carry_out", carry_out_ungated),
            (Supervisor, "_sweep", sweep_ungated),
        ),
    ),
    Mutation(
        left_out="after an ambiguous reply the nonce is renewed before anything is written",
        breaks="what lands late lands behind later writes",
        says=("S22",),
        detector=Worlds(),
        patches=((Leadership, "_settle", settle_nothing),),
    ),
    Mutation(
        left_out="after a conflict the kind is loaded anew",
        breaks="each further transaction conflicts, too",
        says=("L1",),
        detector=Worlds(),
        patches=((Tenure, "_reload_after", keep_the_view),),
    ),
    Mutation(
        left_out="a leader in doubt asks the store who holds the office",
        breaks="a leader whose session ended stays one that does nothing, or judges by what it did not hear",
        says=("S10", "L1"),
        detector=Worlds(),
        patches=((Leadership, "prove", ask_nobody_who_leads),),
    ),
)
