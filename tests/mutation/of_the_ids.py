"""Who owns what: placing, handing over and removing ids, on whose word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.core import documents, hints, settling
from orchestrator.core.hints import Claim
from orchestrator.core.model import RemovalBudget
from orchestrator.core.moves import handoff
from orchestrator.core.series import Series
from orchestrator.core.traits import PLAIN, Traits
from orchestrator.engine import asking, reconciler, resync
from orchestrator.engine.intake import Intake
from orchestrator.engine.resync import Resync
from orchestrator.engine.tenure import Tenure
from tests.matrix.fault import Fault
from tests.mutation.detectors import Matrix, Worlds
from tests.mutation.mutation import Mutation

Asked = tuple[Mapping[str, Traits] | None, bool]

_ask, _settle = asking.ask, handoff.settle


async def believe_hints(tenure: Tenure, claims: Mapping[str, Claim], free: Any) -> Asked:
    present, asked = await _ask(tenure, claims, free)
    if present is None:
        return present, asked
    kept = {i: w for i, w in present.items() if claims.get(i) is not Claim.DELETED}
    told = {i: PLAIN for i, claim in claims.items() if claim in (Claim.CREATED, Claim.UPDATED)}
    return told | kept, asked


async def take_unknown_for_empty(tenure: Tenure, claims: Mapping[str, Claim], free: Any) -> Asked:
    present, asked = await _ask(tenure, claims, free)
    return ({}, True) if present is None else (present, asked)


def settle_unknown_as_empty(draft: Any, free: Any, present: Any) -> list[str]:
    return _settle(draft, free, present or {})


def free_at_once(shard: Any, entry: Any, *rest: Any) -> tuple[str, ...]:
    return tuple(entry.ids)


def no_wipe(*arguments: Any) -> bool:
    return False


def boundless(*arguments: Any, **named: Any) -> int:
    return 1 << 30


def spend_nothing(budget: RemovalBudget, count: int, policy: Any, *, wall: float) -> RemovalBudget:
    return budget


async def compare_nothing(self: Resync) -> bool:
    self.audited_at = self._clock.monotonic()
    return True


def ignore(*arguments: Any, **named: Any) -> None:
    return None


def unchanged(*arguments: Any) -> bool:
    return False


MUTATIONS = (
    Mutation(
        left_out="a hint is asked of the catalog",
        breaks="what a liar names is placed, or released",
        says=("S2", "S8"),
        detector=Worlds(),
        patches=((reconciler, "ask", believe_hints),),
    ),
    Mutation(
        left_out="released before acquired: an id moves on when its owner let go",
        breaks="an id has two owners",
        says=("S1",),
        detector=Worlds(),
        patches=((handoff, "_free_ids", free_at_once),),
    ),
    Mutation(
        left_out="unknown is not empty: hints wait for a catalog that answers",
        breaks="what the catalog lists is released as deleted",
        says=("S8",),
        detector=Worlds(),
        patches=((reconciler, "ask", take_unknown_for_empty),),
    ),
    Mutation(
        left_out="unknown is not empty: a move is not dropped while the catalog is silent",
        breaks="an id in the middle of a move is owned by nobody",
        says=("S8",),
        detector=Worlds(),
        patches=((settling, "settle", settle_unknown_as_empty),),
    ),
    Mutation(
        left_out="removals of most of a kind wait for a person",
        breaks="a kind is wiped",
        says=("S9",),
        detector=Worlds(),
        patches=((hints, "is_wipe", no_wipe), (resync, "is_wipe", no_wipe)),
    ),
    Mutation(
        left_out="an empty answer of the catalog may remove no more than the budget",
        breaks="ids vanish on the word of one witness",
        says=("S9",),
        detector=Worlds(),
        patches=((hints, "allowance", boundless),),
    ),
    Mutation(
        left_out="what is removed is written to the budget",
        breaks="each pass has the whole budget",
        says=("S9",),
        detector=Worlds(),
        patches=((hints, "spend", spend_nothing),),
    ),
    Mutation(
        left_out="catalog and store are compared in full now and then",
        breaks="what no message told of is never served",
        says=("L1", "L3"),
        detector=Matrix("create", (Fault.UNOBSERVED,)),
        patches=((Resync, "_once", compare_nothing),),
    ),
    Mutation(
        left_out="a message that was taken leaves a mark to look",
        breaks="what it told of waits for the next resync",
        says=("L3",),
        detector=Worlds(),
        patches=((Intake, "_hint", ignore),),
    ),
    Mutation(
        left_out="the generation grows when the ids change",
        breaks="no worker hears of a change",
        says=("S5",),
        detector=Worlds(),
        patches=((documents, "_ids_changed", unchanged),),
    ),
    Mutation(
        left_out="a plan is cut where a transaction is full",
        breaks="the store refuses it, each time",
        says=("S18",),
        detector=Worlds(),
        patches=((Series, "_make_room", ignore), (Series, "_make_room_for_shard", ignore)),
    ),
)
