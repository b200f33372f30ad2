"""Who may act as the leader, and until when: sessions that end, and leaders that do not know it."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from orchestrator.core.decisions import Ambiguous, Committed, Deposed
from orchestrator.errors import Unavailable
from orchestrator.ports import Held, Office
from orchestrator.store.zookeeper import ZookeeperStore
from orchestrator.store.zookeeper_link import boot_time
from orchestrator.store.zookeeper_options import ZookeeperOptions
from tests.contract.changes import changed, lead, new_shard, put, step, there
from tests.services.proxy import Proxy
from tests.services.waiting import until
from tests.services.zookeeper import ensemble, own, shared
from tests.services.zookeeper_client import operator, removed
from tests.services.zookeeper_stores import MULTI, Stores, elected, is_request, opening


@pytest.fixture
async def stores() -> AsyncIterator[Stores]:
    async with opening() as stores:
        yield stores


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    proxy = await Proxy.to(shared())
    yield proxy
    await proxy.close()


class Promise:
    """The latest time for which a store has promised that nobody else holds its office."""

    def __init__(self, store: ZookeeperStore, office: Office) -> None:
        self.until = -math.inf
        self._task = asyncio.ensure_future(self._watch(store, office))

    async def _watch(self, store: ZookeeperStore, office: Office) -> None:
        while True:
            self.until = max(self.until, store.valid_until(office))
            await asyncio.sleep(0.005)

    def end(self) -> float:
        self._task.cancel()
        return self.until


async def test_a_frozen_leader_has_promised_nothing_for_the_time_of_its_successor(
    stores: Stores, proxy: Proxy
) -> None:
    frozen = await stores.open(proxy.address, session_timeout_s=2)
    office = await lead(frozen, "frozen")
    await put(frozen, office, step(None, changed(None, new_shard(0, ["a"]))))
    successor = await stores.open(shared(), session_timeout_s=2)
    assert isinstance(await successor.campaign("next", "http://next"), Held)
    promise = Promise(frozen, office)
    await asyncio.sleep(0.5)
    proxy.hold()
    began = boot_time()
    answer: Office | Held = Held(holder="", url="", epoch=0)
    while not isinstance(answer, Office):
        asked = boot_time()
        answer = await successor.campaign("next", "http://next")
        await asyncio.sleep(0.01)
    assert promise.end() < asked, "another held the office within the time that was promised"
    assert asked - began < 2 + 2, "a new leader acts within the session timeout and two seconds"
    before = await there(successor)
    # What the frozen leader sends now is delivered when it thaws.
    late = asyncio.ensure_future(frozen.commit(step(before.state), office))
    await asyncio.sleep(0.1)
    proxy.release()
    with suppress(Unavailable):  # it had noticed by then, and sent nothing
        assert isinstance(await late, (Deposed, Ambiguous))
    await until(lambda: frozen.candidate is None, 5, "the end of the session is noticed")
    assert frozen.valid_until(office) == -math.inf
    assert isinstance(await frozen.fence(office), Deposed)
    assert isinstance(await frozen.commit(step(before.state), office), Deposed)
    assert await there(successor) == before


async def test_an_office_is_not_held_by_one_whose_loop_hangs(stores: Stores) -> None:
    root, hosts = stores.root, shared()
    seized, over = threading.Event(), threading.Event()

    async def hang() -> None:
        options = ZookeeperOptions(hosts=hosts, root=root, session_timeout_s=2)
        store = await ZookeeperStore.open(options, {}, within=10)
        await elected(store, "hung", 10)
        seized.set()
        over.wait(60)
        await store.close()

    hung = threading.Thread(target=asyncio.run, args=(hang(),))
    hung.start()
    try:
        assert await asyncio.to_thread(seized.wait, 10)
        await elected(await stores.open(hosts, session_timeout_s=2), "two", 20)
    finally:
        over.set()
        await asyncio.to_thread(hung.join)


async def test_a_promise_is_kept_up_while_nobody_calls(stores: Stores) -> None:
    store = await stores.open(shared(), session_timeout_s=1)
    office = await lead(store)
    for _ in range(100):
        await asyncio.sleep(0.02)
        assert boot_time() < store.valid_until(office) <= boot_time() + 1 * 2 / 3


async def test_what_counts_is_the_timeout_that_the_servers_grant(stores: Stores, tmp_path: Path) -> None:
    server = own(tmp_path, maxSessionTimeout="1500")
    server.start()
    try:
        store = await stores.open(server.address, session_timeout_s=60)
        office = await lead(store)
        assert 0 < store.valid_until(office) - boot_time() <= 1.5 * 2 / 3
        await store.close()
    finally:
        server.stop()


async def test_a_server_that_answers_without_the_leader_keeps_no_promise_up(
    stores: Stores, tmp_path: Path
) -> None:
    servers = ensemble(tmp_path)
    servers.start()
    follower, leader = servers.follower(), servers.leader()
    try:
        with operator(follower.address) as reader:
            store = await stores.open(follower.address, session_timeout_s=1.5)
            office = await lead(store)
            await put(store, office, step(None))
            leader.pause()
            paused = boot_time()
            while boot_time() < paused + 1.2:
                assert store.valid_until(office) <= paused + 1.5 * 2 / 3
                await asyncio.to_thread(reader.get, f"{stores.root}/_leader")
                await asyncio.sleep(0.01)
            assert boot_time() > store.valid_until(office)
    finally:
        leader.resume()
        await stores.close()
        servers.stop()


async def test_a_resigned_office_is_taken_over_in_less_than_two_seconds(stores: Stores) -> None:
    old, new = await stores.open(shared()), await stores.open(shared())
    office = await lead(old, "old")
    waiting = asyncio.ensure_future(elected(new, "new", 5, every=1.0))
    await asyncio.sleep(0.2)
    began = time.monotonic()
    await old.resign(office)
    taken = await waiting
    took = time.monotonic() - began
    print(f"handed over in {took:.2f} s")
    assert took < 2
    assert taken.epoch == office.epoch + 1
    assert await new.commit(step(None), taken) == Committed()


async def test_closing_without_resigning_frees_the_office_at_once_too(stores: Stores) -> None:
    old, new = await stores.open(shared()), await stores.open(shared())
    office = await lead(old, "old")
    assert isinstance(await new.campaign("new", ""), Held)
    began = time.monotonic()
    await old.close()
    taken = await elected(new, "new", 2)
    assert time.monotonic() - began < 1
    assert taken.epoch == office.epoch + 1


async def test_candidates_take_office_in_the_order_in_which_they_queued(stores: Stores) -> None:
    queue = [await stores.open(shared()) for _ in range(4)]
    for number, store in enumerate(queue):
        await store.campaign(f"c{number}", "")
    for number, store in enumerate(queue):
        answers = [await other.campaign(f"c{n}", "") for n, other in enumerate(queue) if n >= number]
        assert [type(answer) for answer in answers] == [Office] + [Held] * (len(queue) - number - 1)
        await store.close()


async def test_many_candidates_at_once_make_one_leader(stores: Stores) -> None:
    candidates = [await stores.open(shared()) for _ in range(6)]
    answers = await asyncio.gather(*(store.campaign(f"c{n}", "") for n, store in enumerate(candidates)))
    assert [type(answer) for answer in answers].count(Office) == 1


async def test_the_end_of_the_own_node_is_noticed_also_after_a_reconnection(
    stores: Stores, proxy: Proxy
) -> None:
    store = await stores.open(proxy.address, session_timeout_s=12)
    office = await lead(store)
    proxy.cut()
    await until(lambda: store.valid_until(office) == -math.inf, 1, "the loss is noticed")
    await until(lambda: store.valid_until(office) > 0, 5, "the office is proved again")
    await asyncio.sleep(1.2)
    path = store.candidate
    assert path is not None
    await removed(shared(), path)
    await until(lambda: store.candidate is None, 0.3, "the node is gone")
    assert store.valid_until(office) == -math.inf
    assert isinstance(await store.fence(office), Deposed)


async def test_a_leader_whose_session_ended_may_take_office_again(stores: Stores, proxy: Proxy) -> None:
    store = await stores.open(proxy.address, session_timeout_s=1)
    office = await lead(store)
    proxy.refuse()
    await asyncio.sleep(2.5)
    proxy.refuse(False)
    assert await store.connected(within=3)
    assert store.candidate is None
    assert isinstance(await store.fence(office), Deposed)
    again = await elected(store, "one", 2)
    assert again.epoch == office.epoch + 1
    assert await store.commit(step(None), again) == Committed()


def removing(store: ZookeeperStore) -> Callable[[bytes], bool]:
    """Lets each request pass, but takes the store's own node away just before its next transaction."""
    done = False

    def matches(frame: bytes) -> bool:
        nonlocal done
        if is_request(MULTI)(frame) and not done and store.candidate is not None:
            done = True
            with operator(shared()) as client:
                client.delete(store.candidate)
        return False

    return matches


async def test_a_candidate_whose_node_goes_at_the_last_moment_does_not_take_office(
    stores: Stores, proxy: Proxy
) -> None:
    store = await stores.open(proxy.address)
    proxy.lose_request(removing(store))
    with pytest.raises(Unavailable):
        await store.campaign("one", "http://one")
    assert await store.leader() is None
    assert (await elected(store, "one", 2)).epoch == 1


async def test_a_leader_whose_node_goes_at_the_last_moment_does_not_renew_its_office(
    stores: Stores, proxy: Proxy
) -> None:
    store = await stores.open(proxy.address)
    office = await lead(store)
    proxy.lose_request(removing(store))
    assert isinstance(await store.fence(office), Deposed)
    with operator(shared()) as client:
        assert client.get(f"{stores.root}/_leader")[1].version == office.version


async def test_a_new_session_does_not_wait_for_the_end_of_the_old_one(stores: Stores, proxy: Proxy) -> None:
    store = await stores.open(proxy.address, session_timeout_s=9, rebuild_after_s=0.3)
    office = await lead(store)
    other = await stores.open(shared(), session_timeout_s=9)
    proxy.refuse()
    await asyncio.sleep(2)
    proxy.refuse(False)
    assert await store.connected(within=3)
    assert store.candidate is None, "it is another session"
    assert isinstance(await other.campaign("two", ""), Held), "the old one lives on"
    assert isinstance(await store.campaign("one", ""), Held), "others who wait come first"
    assert isinstance(await store.fence(office), Deposed)
    taken = await elected(other, "two", 2)
    assert taken.epoch == office.epoch + 1


async def test_of_those_who_wait_only_the_next_is_told_that_the_one_before_it_has_gone(
    stores: Stores,
) -> None:
    one, two, three = [await stores.open(shared()) for _ in range(3)]
    office = await elected(one, "one", within=5)
    for number, store in enumerate((two, three)):
        assert isinstance(await store.campaign(f"waits-{number}", ""), Held)
    second, third = (asyncio.ensure_future(store.vacancy(30)) for store in (two, three))
    await asyncio.sleep(0.2)
    assert not second.done() and not third.done()
    await one.resign(office)
    async with asyncio.timeout(3):
        await second
    assert isinstance(await two.campaign("two", ""), Office)
    assert not third.done()
    await two.close()
    async with asyncio.timeout(3):
        await third
    assert isinstance(await three.campaign("three", ""), Office)


async def test_who_waits_is_told_of_a_change_that_came_before_it_waited(stores: Stores) -> None:
    one, two = [await stores.open(shared()) for _ in range(2)]
    office = await elected(one, "one", within=5)
    assert isinstance(await two.campaign("two", ""), Held)
    await one.resign(office)
    await asyncio.sleep(0.2)
    async with asyncio.timeout(3):
        await two.vacancy(30)
    assert isinstance(await two.campaign("two", ""), Office)
