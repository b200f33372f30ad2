"""A bug in what only keeps an account harms neither passes, nor commits, nor exchanges."""

from __future__ import annotations

import pytest

from orchestrator.engine.coverage.catalog import CatalogWitness
from orchestrator.engine.coverage.ledger import Coverage
from orchestrator.engine.recent_moves import RecentMoves
from orchestrator.engine.record import Record
from tests.engine.conftest import MakeWorld
from tests.engine.scenes import KIND, at_rest, held, owner, things

ACCOUNTS = [
    (Coverage, "heard", "coverage"),
    (Coverage, "committed", "coverage"),
    (CatalogWitness, "looked_up", "coverage"),
    (CatalogWitness, "received", "coverage"),
    (Record, "take", "record"),
    (Record, "begin_pass", "record"),
    (Record, "decided", "record"),
    (RecentMoves, "committed", "moves"),
]


@pytest.mark.parametrize(("of", "method", "account"), ACCOUNTS)
async def test_a_bug_of_an_account_is_counted_and_every_id_is_served_all_the_same(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch, of: type, method: str, account: str
) -> None:
    world = await at_rest(make_world(), things(40))

    def fail(*_: object, **__: object) -> None:
        raise KeyError("a bug")

    with monkeypatch.context() as patched:
        patched.setattr(of, method, fail)
        world.publisher.create(KIND, ["new"])
        world.publisher.delete(KIND, ["t1"])
        await world.pass_(20.0)
        assert held(world, "new")
        assert owner(world, "t1") is None
        counters = world.engine.counters
        assert counters.pop(f"bugs.{account}") > 0
        assert counters["passes.failed"] == 0
    world.publisher.create(KIND, ["later"])
    await world.pass_(20.0)
    assert held(world, "later")
