"""How a kind is taken into office: loaded, written first where the store has never seen it, and revised."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import partial

import structlog

from orchestrator.core.model import KindState, Revision
from orchestrator.core.plan import Conflict, Decision, Reason, Transaction
from orchestrator.core.view import View
from orchestrator.engine.adoption import adopting, is_unclaimed
from orchestrator.engine.leadership import Leadership
from orchestrator.engine.recorder import Recorder
from orchestrator.engine.setup import KindSetup, Surroundings
from orchestrator.engine.tenure import Tenure
from orchestrator.errors import NotNow, Permanent, Unavailable
from orchestrator.ports import Store

log = structlog.get_logger()

LOAD_AGAIN_S = 1.0


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
        first = _first_state(setup, around)
        if loaded is not None:
            first = adopting(setup, around, loaded, _revision(setup, 1))
        result = await leadership.commit(first)
        if isinstance(result, Conflict):
            raise Unavailable(f"{setup.kind} cannot be claimed: {result.detail}")
    if loaded.state.store_id != around.store_id:
        raise Permanent(
            f"the store says {setup.kind} belongs to store {loaded.state.store_id or 'nobody'!r},"
            f" this orchestrator's is {around.store_id!r}: nothing is written to it"
        )
    of = partial(View.of, dimensions=setup.dimensions)
    view = await around.offload(partial(of, loaded.state, loaded.shards))
    tenure = Tenure(setup, around, store, leadership, recorder, view)
    await _revise(tenure, store)
    return tenure


async def _revise(tenure: Tenure, store: Store) -> None:
    """A changed template becomes the current revision for new instances; it restarts nothing."""
    while True:
        number = tenure.view.state.revision
        current = await store.revision(tenure.setup.kind, number)
        revision = _revision(tenure.setup, number + 1)
        if current is not None and current.digest == revision.digest:
            return
        draft = tenure.draft()
        draft.amend_state(revision=revision.number)
        draft.decide(Decision(verb="revise", reason=Reason.REVISED, detail=revision.digest[:12]))
        for transaction in draft.plan().transactions:
            await tenure.commit_one(replace(transaction, revision=revision))


def _first_state(setup: KindSetup, around: Surroundings) -> Transaction:
    return Transaction(
        op=around.name("op"),
        before=None,
        after=KindState(
            kind=setup.kind,
            resource_per_instance=setup.resource_per_instance,
            max_instances=setup.max_instances,
            store_id=around.store_id,
        ),
        revision=_revision(setup, 1),
        decisions=(Decision(verb="initialise", reason=Reason.INITIALISED),),
    )


def _revision(setup: KindSetup, number: int) -> Revision:
    digest = hashlib.sha256(setup.template.encode()).hexdigest()
    return Revision(kind=setup.kind, number=number, digest=digest, template=setup.template)
