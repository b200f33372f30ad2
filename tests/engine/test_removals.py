"""What is deleted in the catalog: two witnesses at once, one within the budget, a wipe by a person only."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchestrator.core.decisions import CommitResult, Refused, Transaction
from orchestrator.core.policy import KindPolicy
from orchestrator.engine.answers import HeldRemovals
from orchestrator.errors import NotNow, Unavailable
from tests.engine.conftest import MakeWorld
from tests.engine.scenes import KIND, at_rest, held, owner, things
from tests.simulation.faulty_store import Fault
from tests.simulation.worker_process import Temper
from tests.simulation.world import World


async def test_a_deletion_with_two_witnesses_is_released_at_once(world: World) -> None:
    await at_rest(world, things(30))
    world.publisher.delete(KIND, ["t3"])
    await world.until(lambda: not held(world, "t3"), 0.05, "released", step=0.001)
    await world.rest(1.0)


async def test_the_catalog_alone_is_believed_within_the_budget(make_world: MakeWorld) -> None:
    world = make_world(policy=KindPolicy(removal_floor=5, hold_from=1_000))
    await at_rest(world, things(60))
    world.publisher.delete(KIND, things(8), tell=False)
    await world.engine.resync(KIND, actor="test")
    await world.pass_(1.0)
    gone = [i for i in things(8) if owner(world, i) is None]
    status = world.engine.kind(KIND).held
    assert len(gone) == 5
    assert status is not None and status.count == 3


async def test_the_budget_comes_back_after_its_window(make_world: MakeWorld) -> None:
    world = make_world(policy=KindPolicy(removal_floor=5, hold_from=1_000))
    await at_rest(world, things(60))
    world.publisher.delete(KIND, things(5), tell=False)
    await world.engine.resync(KIND, actor="test")
    await world.pass_(3700.0)
    world.publisher.delete(KIND, things(5, first=10), tell=False)
    await world.engine.resync(KIND, actor="test")
    await world.rest(5.0)


async def test_the_budget_that_was_spent_survives_a_crash(make_world: MakeWorld) -> None:
    world = make_world(policy=KindPolicy(removal_floor=5, hold_from=1_000))
    await at_rest(world, things(60))
    world.publisher.delete(KIND, things(5), tell=False)
    await world.engine.resync(KIND, actor="test")
    await world.rest(2.0)
    node = world.nodes[0]
    node.crash()
    await node.gone()
    node.start()
    await world.rest(30.0)
    world.publisher.delete(KIND, things(2, first=10), tell=False)
    await world.engine.resync(KIND, actor="test")
    await world.pass_(1.0)
    status = world.engine.kind(KIND).held
    assert status is not None and status.count == 2


async def test_a_wipe_is_held_whatever_the_witnesses(world: World) -> None:
    await at_rest(world, things(200))
    world.publisher.delete(KIND, things(150))
    await world.pass_(400.0)
    status = world.engine.kind(KIND)
    assert status.held is not None and status.held.count == 150
    assert all(held(world, i) for i in things(200))
    assert (status.counts.held, status.counts.catalog) == (150, 50)


async def test_accepting_lets_exactly_the_held_set_go(world: World) -> None:
    await at_rest(world, things(200))
    world.publisher.delete(KIND, things(150))
    await world.pass_(1.0)
    status = world.engine.kind(KIND).held
    assert status is not None
    accepted = await world.engine.accept_removals(
        KIND, digest=status.digest, count=status.count, actor="test"
    )
    assert accepted == 150
    await world.rest(5.0)
    assert not any(held(world, i) for i in things(150))
    again = await world.engine.accept_removals(KIND, digest=status.digest, count=150, actor="test")
    assert isinstance(again, Refused)


async def test_a_held_id_that_the_catalog_lists_again_is_kept(world: World) -> None:
    await at_rest(world, things(200))
    world.publisher.delete(KIND, things(150))
    await world.pass_(1.0)
    status = world.engine.kind(KIND).held
    assert status is not None
    world.publisher.create(KIND, ["t7"], tell=False)
    accepted = await world.engine.accept_removals(KIND, digest=status.digest, count=150, actor="test")
    assert accepted == 149
    await world.rest(5.0)
    assert held(world, "t7")


async def held_removals(world: World) -> HeldRemovals:
    await at_rest(world, things(200))
    world.publisher.delete(KIND, things(150))
    await world.pass_(1.0)
    status = world.engine.kind(KIND).held
    assert status is not None
    return status


async def test_accepting_is_answered_when_it_is_committed(world: World) -> None:
    status = await held_removals(world)
    assert await world.engine.accept_removals(KIND, digest=status.digest, count=150, actor="test") == 150
    assert [owner(world, i) for i in things(150)] == [None] * 150


async def test_what_could_not_be_committed_is_not_accepted_and_held_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    status = await held_removals(world)
    world.weather.out.add("catalog")
    with pytest.raises(NotNow):
        await world.engine.accept_removals(KIND, digest=status.digest, count=150, actor="test")
    world.weather.out.discard("catalog")
    leadership = world.engine.leadership

    async def away(transaction: Transaction) -> CommitResult:
        raise Unavailable("the store is away")

    monkeypatch.setattr(leadership, "commit", away)
    with pytest.raises(NotNow, match="the store is away; 0 were released"):
        await world.engine.accept_removals(KIND, digest=status.digest, count=150, actor="test")
    monkeypatch.undo()
    await world.until(lambda: world.engine.kind(KIND).held is not None, 30.0, "they are held again")
    await world.pass_(10.0)
    assert world.engine.kind(KIND).held == replace(
        status, since=world.engine.kind(KIND).held.since, reason=world.engine.kind(KIND).held.reason
    )
    assert all(held(world, i) for i in things(150)), "nothing goes behind the back of who was told no"


async def test_another_digest_or_count_is_refused(world: World) -> None:
    await at_rest(world, things(200))
    world.publisher.delete(KIND, things(150))
    await world.pass_(1.0)
    status = world.engine.kind(KIND).held
    assert status is not None
    for digest, count in (("0" * 16, 150), (status.digest, 149)):
        answer = await world.engine.accept_removals(KIND, digest=digest, count=count, actor="test")
        assert isinstance(answer, Refused)
    assert world.engine.kind(KIND).held == status


async def test_an_id_created_again_waits_until_its_old_owner_let_go(make_world: MakeWorld) -> None:
    world = make_world()
    world.workforce.tempers = lambda spec: Temper(release_s=3.0)
    await at_rest(world, things(30))
    world.publisher.delete(KIND, ["t3"])
    await world.pass_(0.1)
    world.publisher.create(KIND, ["t3"])
    await world.pass_(0.1)
    [unplaced] = world.engine.kind(KIND).unplaced
    assert (unplaced.id, unplaced.reason) == ("t3", "awaiting-release")
    await world.rest(60.0)
    assert world.engine.kind(KIND).unplaced == ()


async def test_an_id_placed_again_by_a_commit_without_a_reply_is_unplaced_no_more(
    make_world: MakeWorld,
) -> None:
    world = make_world()
    world.workforce.tempers = lambda spec: Temper(release_s=3.0)
    await at_rest(world, things(30))
    world.publisher.delete(KIND, ["t3"])
    await world.pass_(0.1)
    world.publisher.create(KIND, ["t3"])
    await world.until(lambda: bool(world.engine.kind(KIND).unplaced), 1.0, "it waits", step=0.01)
    store = world.nodes[0].store
    assert store is not None
    # the next commit is the one that places it
    store.faulty.inject("commit", Fault.APPLIED)
    await world.until(lambda: owner(world, "t3") is not None, 30.0, "it has an owner")
    await world.pass_(1.0)
    assert store.faulty.hits[Fault.APPLIED] == 1
    assert world.engine.kind(KIND).unplaced == ()
    await world.rest(10.0)
