"""What the keys of requests promise, on every database that keeps them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.errors import Unavailable
from orchestrator.ports.idempotency import KEPT_S, MOST_BODY_BYTES, Begun, KeptAnswer
from orchestrator.store.idempotency import PRUNED_EVERY, SqlIdempotency
from tests.services import postgres

BEGUN = Begun(digest="d1", at=1_700_000_000.0, by="orch-0")
ANSWER = KeptAnswer(status=200, media_type="application/json", tag='"a1"', body=b'{"moves":3}' * 50)
Open = Callable[..., SqlIdempotency]


@pytest.fixture(params=["sqlite", "postgresql"])
async def replica(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Open]:
    """Each call is another server on the same database."""
    url = postgres.shared() if request.param == "postgresql" else f"sqlite:///{tmp_path / 'journal.db'}"
    opened: list[SqlIdempotency] = []

    def open_one(**given: int) -> SqlIdempotency:
        opened.append(SqlIdempotency(url, **given))
        return opened[-1]

    yield open_one
    for one in opened:
        await one.close()


@pytest.fixture
def ann(request: pytest.FixtureRequest) -> str:
    # The database is shared by all tests.
    return f"ann of {request.node.name}"


async def test_what_was_answered_is_found_by_the_next_leader(replica: Open, ann: str) -> None:
    first, second = replica(), replica()
    assert await first.begin(ann, "k", BEGUN) is None
    assert await second.begin(ann, "k", replace(BEGUN, by="orch-1", digest="d2")) == BEGUN
    await first.finish(ann, "k", ANSWER)
    assert await second.begin(ann, "k", replace(BEGUN, by="orch-1")) == replace(BEGUN, answer=ANSWER)


async def test_of_two_that_begin_at_once_one_does(replica: Open, ann: str) -> None:
    servers = [replica() for _ in range(4)]
    await servers[0].begin(ann, "other", BEGUN)
    found = await asyncio.gather(
        *(one.begin(ann, "k", replace(BEGUN, by=f"orch-{n}")) for n, one in enumerate(servers))
    )
    assert sum(one is None for one in found) == 1


async def test_keys_of_others_are_apart(replica: Open, ann: str) -> None:
    store = replica()
    assert await store.begin(ann, "k", BEGUN) is None
    assert await store.begin(f"bob, not {ann}", "k", BEGUN) is None


async def test_a_key_that_came_to_nothing_may_be_used_again(replica: Open, ann: str) -> None:
    store = replica()
    await store.begin(ann, "k", BEGUN)
    await store.abandon(ann, "k")
    assert await store.begin(ann, "k", replace(BEGUN, digest="d2")) is None


async def test_a_key_is_forgotten_after_a_day_and_not_before(replica: Open, ann: str) -> None:
    store = replica()
    await store.begin(ann, "k", BEGUN)
    assert await store.begin(ann, "k", replace(BEGUN, at=BEGUN.at + KEPT_S)) is not None
    assert await store.begin(ann, "k", replace(BEGUN, at=BEGUN.at + KEPT_S + 1)) is None


async def test_of_one_principal_the_newest_keys_are_kept(replica: Open, ann: str) -> None:
    store = replica(most=10)
    await store.begin(f"bob, not {ann}", "k0", BEGUN)
    for number in range(2 * PRUNED_EVERY):
        await store.begin(ann, f"k{number}", replace(BEGUN, at=BEGUN.at + number))
    late = replace(BEGUN, at=BEGUN.at + 2 * PRUNED_EVERY)
    assert await store.begin(ann, "k0", late) is None, "the oldest went"
    assert await store.begin(ann, f"k{2 * PRUNED_EVERY - 1}", late) is not None
    assert await store.begin(f"bob, not {ann}", "k0", late) is not None, "nobody else's did"


async def test_of_a_very_long_answer_the_status_is_kept(replica: Open, ann: str) -> None:
    store = replica()
    await store.begin(ann, "k", BEGUN)
    await store.finish(ann, "k", replace(ANSWER, body=b"x" * (MOST_BODY_BYTES + 1)))
    found = await store.begin(ann, "k", BEGUN)
    assert found is not None and found.answer == replace(ANSWER, body=None)


async def test_a_database_that_is_away_is_said_to_be() -> None:
    store = SqlIdempotency("postgresql://127.0.0.1:1/none")
    with pytest.raises(Unavailable):
        await store.begin("ann", "k", BEGUN)
    await store.close()
    with pytest.raises(Unavailable, match="closed"):
        await store.begin("ann", "k", BEGUN)
