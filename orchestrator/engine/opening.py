"""How a kind is taken into office: loaded, written first where the store has never seen it, and revised."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import suppress
from dataclasses import replace
from functools import partial

import structlog

from orchestrator.core.decisions import Conflict, Decision, Plan, Reason, Transaction
from orchestrator.core.model import KindState, Revision
from orchestrator.core.view import View
from orchestrator.engine.adoption import adopting, is_unclaimed
from orchestrator.engine.furnishing import furnish
from orchestrator.engine.leadership import Leadership
from orchestrator.engine.recorder import Recorder
from orchestrator.engine.setup import KindSetup, Surroundings
from orchestrator.engine.store_identity import require_finished, require_nobody_elses
from orchestrator.engine.tenure import Tenure
from orchestrator.errors import NotNow, Permanent, Unavailable
from orchestrator.ports import Store

log = structlog.get_logger()

LOAD_AGAIN_S = 1.0

RECALL_S = 5.0
"""How long a journal may hold up the opening; without it what was moved lately is not known."""


async def open_kind(
    setup: KindSetup, around: Surroundings, store: Store, leadership: Leadership, recorder: Recorder
) -> Tenure:
    """Try until it is done. Raises Permanent, and NotNow when the office was lost over it."""
    while True:
        try:
            return await _open_once(setup, around, store, leadership, recorder)
        except (Unavailable, NotNow) as error:
            await leadership.prove()
            if leadership.lost.is_set():
                raise NotNow(leadership.why_lost) from error
            log.warning("cannot load", kind=setup.kind, error=str(error))
            await around.clock.sleep(LOAD_AGAIN_S)


async def _open_once(
    setup: KindSetup, around: Surroundings, store: Store, leadership: Leadership, recorder: Recorder
) -> Tenure:
    while (loaded := await store.load(setup.kind)) is None or is_unclaimed(loaded):
        await require_nobody_elses(store, around.store_id, setup.kind)
        revision = await _new_revision(store, setup, 1)
        first = _first_state(setup, around, revision)
        if loaded is not None:
            first = adopting(setup, around, loaded, revision)
        result = await leadership.commit(first)
        if isinstance(result, Conflict):
            raise Unavailable(f"{setup.kind} cannot be claimed: {result.detail}")
    require_finished(loaded.state)
    if loaded.state.store_id != around.store_id:
        raise Permanent(
            f"the store says {setup.kind} belongs to store {loaded.state.store_id or 'nobody'!r},"
            f" this orchestrator's is {around.store_id!r}: nothing is written to it"
        )
    of = partial(View.of, dimensions=setup.dimensions, papers=loaded.papers)
    of = partial(of, watched=setup.policy.rules.watched)
    view = await around.offload(partial(of, loaded.state, loaded.shards))
    tenure = Tenure(setup, around, store, leadership, recorder, view)
    await _revise(tenure, store)
    await furnish(tenure)
    with suppress(TimeoutError):
        async with asyncio.timeout(RECALL_S):
            await tenure.moves.recent.recall(recorder.journal, around.clock.wall())
    return tenure


async def _revise(tenure: Tenure, store: Store) -> None:
    """A changed template becomes the current revision for new instances; it restarts nothing."""
    while True:
        number = tenure.view.state.revision
        current = await store.revision(tenure.setup.kind, number)
        if current is not None and current.digest == _digest(tenure.setup):
            return
        revision = await _new_revision(store, tenure.setup, number + 1)
        draft = tenure.draft()
        draft.amend_state(revision=revision.number)
        draft.decide(Decision(verb="revise", reason=Reason.REVISED, detail=revision.digest[:12]))
        for transaction in draft.plan().transactions:
            await tenure.commit(Plan(transactions=(replace(transaction, revision=revision),)))


def _first_state(setup: KindSetup, around: Surroundings, revision: Revision) -> Transaction:
    return Transaction(
        op=around.name("op"),
        before=None,
        after=KindState(
            kind=setup.kind,
            resource_per_instance=setup.resource_per_instance,
            max_instances=setup.max_instances,
            revision=revision.number,
            store_id=around.store_id,
        ),
        revision=revision,
        decisions=(Decision(verb="initialise", reason=Reason.INITIALISED),),
    )


async def _new_revision(store: Store, setup: KindSetup, number: int) -> Revision:
    """The template under the first free number: some may be left of a kind that a hand removed."""
    while await store.revision(setup.kind, number) is not None:
        number += 1
    return Revision(kind=setup.kind, number=number, digest=_digest(setup), template=setup.template)


def _digest(setup: KindSetup) -> str:
    return hashlib.sha256(setup.template.encode()).hexdigest()
