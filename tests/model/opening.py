"""The state from which a search begins: a kind at rest, made by the product's own steps."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.core.decisions import Transaction
from orchestrator.core.model import KindState
from tests.model.ensemble import KIND
from tests.model.laws import is_at_rest
from tests.model.state import FREE, WAITING, Leader, State
from tests.model.world import World


def beginning(world: World) -> State:
    """One leader has brought the kind to rest; the others queue behind it."""
    configuration, ensemble = world.configuration, world.ensemble
    world.configuration = replace(configuration, faults=0, script=(), hangs=False)
    state = State(ensemble.empty, (Leader(),), catalog=frozenset(configuration.ids))
    documents, node, count = world.offices.enter(state.documents, 0, state.leaders[0])
    leader = Leader(phase=WAITING, node=node, marks=count + 1)
    write = world.offices.campaign(documents, 0, leader)
    assert isinstance(write, tuple)
    multi, office = write
    documents = ensemble.must(documents, multi)
    first = Transaction(
        op="op",
        before=None,
        after=KindState(
            kind=KIND, resource_per_instance=configuration.room, max_instances=configuration.most
        ),
    )
    documents = ensemble.must(documents, ensemble.encode[first, world.offices[office].version])
    state = world._open(state._replace(documents=documents, leaders=(leader,)), 0, office, documents)
    state = _brought_to_rest(world, state)
    world.configuration = configuration
    leaders = list(state.leaders)
    for number in range(1, configuration.leaders):
        documents, node, count = world.offices.enter(state.documents, number, Leader())
        state = state._replace(documents=documents)
        leaders.append(Leader(phase=WAITING, node=node, marks=count))
    world.copied = state.documents
    if configuration.looking:
        leaders[0] = leaders[0]._replace(look=((), frozenset()))
    names = [pod[:2] for pod in state.pods if pod[0] in configuration.leftover]
    late = tuple(("create", *name) for name in names)
    return state._replace(leaders=tuple(leaders), late=late)


def _brought_to_rest(world: World, state: State) -> State:
    """Depth first: the first rest that is found."""
    todo, known = [state], {state}
    while todo:
        state = todo.pop()
        if is_at_rest(world, state):
            return state
        new = [move.to for move in world.moves(state) if move.by == FREE and move.to not in known]
        known.update(new)
        todo.extend(reversed(new))
    raise AssertionError("the world does not come to rest even without a fault")
