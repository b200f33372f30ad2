"""The client and the routes of the server understand each other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from orchestrator.store.idempotency import SqlIdempotency
from shardwright_client import NO_RETRY, Client, NotFound, Refused, Retry, Unavailable
from tests.api.conftest import Serve, Served
from tests.api.facade_double import HOSTILE_IDS, FacadeDouble
from tests.client.conftest import asked

NOW = 1_700_000_000.0


@pytest.fixture
def client(served: Served) -> Client:
    return Client(f"http://{served.host}:{served.port}", retry=NO_RETRY)


async def test_what_the_server_says_can_be_read(client: Client) -> None:
    overview = await asked(client.overview)
    names = [kind["kind"] for kind in await asked(client.kinds)]
    assert "Thing" in names
    assert [kind["kind"] for kind in overview["kinds"]] == names
    kind = await asked(client.kind, "Thing")
    shards = await asked(client.shards, "Thing")
    assert [one["number"] for one in shards] == [one["number"] for one in kind["shards"]]
    assert (await asked(client.sizing, "Thing"))["kind"] == "Thing"
    assert (await asked(client.coverage, "Thing", worst=1))["kind"] == "Thing"
    assert isinstance(await asked(client.instances, "Thing"), list)
    assert isinstance(await asked(client.events, kind="Thing", limit=2), list)
    assert await asked(client.pins, "Thing") is not None
    assert await asked(client.quarantine, "Thing") is not None


@pytest.mark.parametrize("resource", [one for one in HOSTILE_IDS if "\0" not in one])
async def test_a_hostile_id_arrives_as_it_is(client: Client, resource: str) -> None:
    try:
        found = await asked(client.resource, "Thing", resource)
    except NotFound as refusal:
        assert refusal.status == 404
    else:
        assert found["id"] == resource


async def test_a_refusal_is_raised_in_the_words_of_the_server(client: Client) -> None:
    with pytest.raises(NotFound, match="kind 'Nope'") as ended:
        await asked(client.kind, "Nope")
    assert ended.value.request_id
    with pytest.raises(Refused) as refused:
        await asked(client.orchestrate, "Thing", max_instances=1)
    assert refused.value.status == 422


async def test_a_plan_goes_from_its_making_to_its_end(client: Client) -> None:
    made = await asked(client.make_plan, "Thing", resource_per_instance=150, note="more room")
    number = made["plan"]
    assert number in [plan["plan"] for plan in await asked(client.plans, "Thing")]
    assert (await asked(client.plan, "Thing", number))["plan"] == number
    assert isinstance(await asked(list, client.plan_moves("Thing", number)), list)
    assert (await asked(client.apply_plan, "Thing", number, dry_run=True))["plan"] == number
    assert (await asked(client.apply_plan, "Thing", number))["plan"] == number


@pytest.fixture
async def cutting(
    serve: Serve, facade: FacadeDouble, tmp_path: Path
) -> AsyncIterator[tuple[Client, list[str]]]:
    """A client whose first answer never arrives, though the server carried it out; and what went through."""
    facade.moves = 20
    store = SqlIdempotency(f"sqlite:///{tmp_path / 'keys.db'}")
    served = await serve(idempotency=store, wall=lambda: NOW)
    passed: list[str] = []

    async def between(request: web.Request) -> web.StreamResponse:
        sent = {name: request.headers[name] for name in ("Idempotency-Key", "Content-Type")}
        passed.append(sent["Idempotency-Key"])
        target = request.rel_url.raw_path_qs
        async with served.post(target, data=await request.read(), headers=sent) as answer:
            body = await answer.read()
        if len(passed) == 1:
            assert request.transport is not None
            request.transport.close()
        return web.Response(status=answer.status, body=body, content_type=answer.content_type)

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", between)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    yield Client(f"http://{host}:{port}", retry=Retry(attempts=3, first_s=0.01)), passed
    await runner.cleanup()
    await store.close()


async def test_a_write_whose_answer_was_lost_is_done_once(
    cutting: tuple[Client, list[str]], facade: FacadeDouble
) -> None:
    client, passed = cutting
    done: Any = await asked(client.orchestrate, "Thing", max_instances=6)
    assert done["resource"] == "Thing"
    assert len(passed) == 2 and len(set(passed)) == 1
    assert len(facade.calls) == 1


async def test_a_server_that_is_gone_is_unavailable(served: Served, client: Client) -> None:
    await served.runner.cleanup()
    with pytest.raises(Unavailable, match="no server answers"):
        await asked(client.kinds)
