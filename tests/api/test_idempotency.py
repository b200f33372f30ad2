"""A wish that is sent twice under one key is carried out once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from api.idempotency import UNDER_WAY_S
from orchestrator.core.decisions import Reason, Refused
from orchestrator.errors import Doubtful, NotNow
from orchestrator.ports.idempotency import Begun
from orchestrator.store.idempotency import SqlIdempotency
from tests.api.accounts import Guarded, guarded
from tests.api.conftest import Serve, Served
from tests.api.facade_double import FacadeDouble, following, leading
from tests.api.problems import problem

__all__ = ["guarded"]

ORCHESTRATE = "/v1/api/orchestrations/Thing/orchestrate"
KEY = {"Idempotency-Key": "wish-1"}
NOW = 1_700_000_000.0


@pytest.fixture
async def keys(tmp_path: Path) -> AsyncIterator[SqlIdempotency]:
    store = SqlIdempotency(f"sqlite:///{tmp_path / 'journal.db'}")
    yield store
    await store.close()


@pytest.fixture
async def keyed(serve: Serve, facade: FacadeDouble, keys: SqlIdempotency) -> Served:
    facade.moves = 20
    return await serve(idempotency=keys, wall=lambda: NOW)


def done(served: Served) -> int:
    return len(served.facade.calls)


async def test_the_first_answer_is_given_again(keyed: Served) -> None:
    async with keyed.post(ORCHESTRATE, json={"maxInstances": 6}, headers=KEY) as first:
        assert first.status == 200 and "Idempotent-Replayed" not in first.headers
        said, tag = await first.read(), first.headers["ETag"]
    keyed.facade.moves = 0
    async with keyed.post(ORCHESTRATE, json={"maxInstances": 6}, headers=KEY) as again:
        assert (again.status, await again.read(), again.headers["ETag"]) == (200, said, tag)
        assert again.headers["Idempotent-Replayed"] == "true"
        assert again.headers["X-Request-Id"] != first.headers["X-Request-Id"]
    assert done(keyed) == 1


async def test_another_body_path_or_condition_under_the_same_key_is_refused(keyed: Served) -> None:
    async with keyed.post(ORCHESTRATE, json={"maxInstances": 6}, headers=KEY) as first:
        assert first.status == 200
    async with keyed.post(ORCHESTRATE, json={"maxInstances": 7}, headers=KEY) as other:
        assert "another request" in (await problem(other, 422))["detail"]
    async with keyed.post("/v1/api/orchestrations/Rule/orchestrate", headers=KEY) as other:
        await problem(other, 422)
    async with keyed.post(ORCHESTRATE, json={"maxInstances": 6}, headers={**KEY, "If-Match": "*"}) as other:
        await problem(other, 422)
    assert done(keyed) == 1


async def test_while_the_first_is_under_way_the_second_is_told_so(
    keyed: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner, let_go, began = keyed.facade.orchestrate, asyncio.Event(), asyncio.Event()

    async def slow(kind: str, **given: object) -> object:
        began.set()
        await let_go.wait()
        return await inner(kind, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(keyed.facade, "orchestrate", slow)
    first = asyncio.ensure_future(keyed.session.post(keyed.url(ORCHESTRATE), headers=KEY))
    await began.wait()
    async with keyed.post(ORCHESTRATE, headers=KEY) as second:
        assert second.headers["Retry-After"] == "1"
        assert "under way" in (await problem(second, 409))["detail"]
    let_go.set()
    async with await first as answer:
        assert answer.status == 200
    assert done(keyed) == 1


async def test_a_refusal_that_was_decided_is_given_again(keyed: Served) -> None:
    keyed.facade.refusal = Refused(reason=Reason.PAUSED, detail="Thing is paused; resume it first.")
    async with keyed.post(ORCHESTRATE, headers=KEY) as first:
        said = await problem(first, 409)
    keyed.facade.refusal = None
    async with keyed.post(ORCHESTRATE, headers=KEY) as again:
        assert await problem(again, 409) == said
        assert again.headers["Idempotent-Replayed"] == "true"
    async with keyed.post("/v1/api/kinds/None/resync", headers={"Idempotency-Key": "wish-2"}) as unknown:
        await problem(unknown, 404)
    async with keyed.post("/v1/api/kinds/None/resync", headers={"Idempotency-Key": "wish-2"}) as unknown:
        await problem(unknown, 404)
        assert unknown.headers["Idempotent-Replayed"] == "true"


async def test_what_was_not_carried_out_may_be_tried_again_under_its_key(keyed: Served) -> None:
    keyed.facade.failing = NotNow("Thing is not ready yet: starting")
    async with keyed.post(ORCHESTRATE, headers=KEY) as first:
        await problem(first, 503)
    keyed.facade.failing = None
    async with keyed.post(ORCHESTRATE, headers=KEY) as again:
        assert again.status == 200 and "Idempotent-Replayed" not in again.headers
    assert done(keyed) == 2


@pytest.mark.parametrize("failure", [Doubtful("look again"), RuntimeError("a bug")])
async def test_what_may_have_been_carried_out_is_not_carried_out_again(
    keyed: Served, failure: Exception
) -> None:
    keyed.facade.failing = failure
    async with keyed.post(ORCHESTRATE, headers=KEY) as first:
        assert first.status in (500, 503)
    keyed.facade.failing = None
    async with keyed.post(ORCHESTRATE, headers=KEY) as again:
        assert "is not known" in (await problem(again, 409))["detail"]
    assert done(keyed) == 1


async def test_of_what_a_leader_took_that_ended_nothing_is_known(serve: Serve, keys: SqlIdempotency) -> None:
    times = [NOW]
    old = await serve(FacadeDouble(moves=20), idempotency=keys, wall=lambda: NOW)
    async with old.post(ORCHESTRATE, headers={"Idempotency-Key": "answered"}) as first:
        said = await first.read()
    new = await serve(FacadeDouble(place=leading(holder="orch-1")), idempotency=keys, wall=lambda: times[0])
    async with new.post(ORCHESTRATE, headers={"Idempotency-Key": "answered"}) as again:
        assert (await again.read(), again.headers["Idempotent-Replayed"]) == (said, "true")
    async with new.post(ORCHESTRATE, json={"maxInstances": 6}, headers=KEY) as fresh:
        assert fresh.status == 200
    # As a server leaves it that was killed before it answered.
    digest = (await keys.begin("open:anonymous", "wish-1", _begun("", NOW))).digest  # type: ignore[union-attr]
    assert await keys.begin("open:anonymous", "cut-off", _begun(digest, NOW)) is None
    cut_off = {"Idempotency-Key": "cut-off"}
    async with new.post(ORCHESTRATE, json={"maxInstances": 6}, headers=cut_off) as early:
        assert "under way" in (await problem(early, 409))["detail"]
    times[0] += UNDER_WAY_S + 1
    async with new.post(ORCHESTRATE, json={"maxInstances": 6}, headers=cut_off) as late:
        assert "Retry-After" not in late.headers
        assert "orch-9" in (await problem(late, 409))["detail"]


def _begun(digest: str, at: float) -> Begun:
    return Begun(digest=digest, at=at, by="orch-9")


async def test_a_request_that_was_passed_on_is_minded_by_the_leader(
    serve: Serve, keyed: Served, keys: SqlIdempotency
) -> None:
    facade = FacadeDouble(place=following(f"http://{keyed.host}:{keyed.port}", holder="orch-2"))
    follower = await serve(facade, idempotency=keys)
    async with follower.post(ORCHESTRATE, headers=KEY) as first:
        said = await first.read()
    for server in (follower, keyed):
        async with server.post(ORCHESTRATE, headers=KEY) as again:
            assert (again.status, await again.read()) == (200, said)
            assert again.headers["Idempotent-Replayed"] == "true"
    assert (done(keyed), done(follower)) == (1, 0)


@pytest.mark.parametrize("key", ["", "two words", "x" * 201, "é"])
async def test_a_key_that_is_none_is_refused(keyed: Served, key: str) -> None:
    async with keyed.post(ORCHESTRATE, headers={"Idempotency-Key": key}) as answer:
        assert "Idempotency-Key" in (await problem(answer, 400))["detail"]
    assert done(keyed) == 0


async def test_a_trial_uses_no_key_up(keyed: Served) -> None:
    async with keyed.post(f"{ORCHESTRATE}?dryRun=true", headers=KEY) as trial:
        assert trial.headers["X-Shardwright-Dry-Run"] == "true"
    async with keyed.post(ORCHESTRATE, headers=KEY) as answer:
        assert answer.status == 200 and "Idempotent-Replayed" not in answer.headers
        assert "X-Shardwright-Dry-Run" not in answer.headers


async def test_where_no_key_can_be_kept_nothing_is_done(serve: Serve, tmp_path: Path) -> None:
    away = SqlIdempotency(f"sqlite:///{tmp_path / 'nowhere' / 'journal.db'}")
    served = await serve(idempotency=away)
    async with served.post(ORCHESTRATE, headers=KEY) as answer:
        assert "without Idempotency-Key" in (await problem(answer, 503))["detail"]
    assert done(served) == 0
    async with served.post(ORCHESTRATE) as answer:
        assert answer.status == 200
    await away.close()


async def test_keys_belong_to_who_asks_and_no_secret_is_kept(
    guarded: Guarded, serve: Serve, keys: SqlIdempotency, tmp_path: Path
) -> None:
    served = await serve(access=guarded.access, idempotency=keys, wall=lambda: NOW)
    ann, bob = [await guarded.token(name, "operator") for name in ("ann", "bob")]
    for headers, times in ((ann, 1), (bob, 2)):
        async with served.post(ORCHESTRATE, headers={**headers, **KEY}) as answer:
            assert (answer.status, done(served)) == (200, times)
            assert "Idempotent-Replayed" not in answer.headers
    wish, mine = {"name": "night-job"}, {**ann, "Idempotency-Key": "a-token"}
    async with served.post("/v1/api/tokens", json=wish, headers=mine) as first:
        secret = (await first.json())["token"]
    async with served.post("/v1/api/tokens", json=wish, headers=mine) as again:
        assert "shown once" in (await problem(again, 409))["detail"]
    for file in tmp_path.glob("journal.db*"):
        assert secret.encode() not in file.read_bytes()
    viewer = await guarded.token("vera", "viewer")
    async with served.post(ORCHESTRATE, headers={**viewer, **KEY}) as answer:
        await problem(answer, 403)
