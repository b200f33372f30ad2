"""A server of an ensemble that is behind the others: what is read from it is not older than the question."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

from orchestrator.core.decisions import Committed
from tests.contract.changes import lead, put, step, there
from tests.services.zookeeper import ensemble
from tests.services.zookeeper_server import ZookeeperEnsemble
from tests.services.zookeeper_stores import opening

LAST = 3


class Slow:
    """Between a follower and its leader: what the leader says comes when it is let through."""

    def __init__(self, port: int) -> None:
        self.through = asyncio.Event()
        self.through.set()
        self._target = port
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        ends = [writer]
        try:
            answers, asks = await asyncio.open_connection("127.0.0.1", self._target)
            ends.append(asks)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass(reader, asks, False))
                both.create_task(self._pass(answers, writer, True))
        except OSError:
            return  # its leader is another one
        finally:
            for end in ends:
                end.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_slow: bool) -> None:
        with suppress(OSError):
            while part := await reader.read(65536):
                if is_slow:
                    await self.through.wait()
                writer.write(part)
                await writer.drain()
        writer.transport.abort()


async def slowed(servers: ZookeeperEnsemble) -> list[Slow]:
    """Have the last server hear its leader, whichever that is, through us."""
    last, slow = servers.servers[LAST - 1], []
    members = dict(last._members)
    for number in range(1, LAST):
        host, quorum, election = members[number].split(":")
        slow.append(Slow(int(quorum)))
        members[number] = f"{host}:{await slow[-1].start()}:{election}"
    last._members = members
    return slow


async def test_a_follower_that_is_behind_catches_up_before_a_kind_is_read_from_it(tmp_path: Path) -> None:
    servers = ensemble(tmp_path / "three")
    slow = await slowed(servers)
    *first, last = servers.servers
    try:
        for server in first:
            server.start(wait=False)
        for server in first:
            await asyncio.to_thread(server.wait_ready)
        last.start(wait=False)
        await asyncio.to_thread(last.wait_ready)
        assert last.mode() == "follower"
        async with opening() as stores:
            ahead = await stores.open(servers.leader().address)
            reader = await stores.open(last.address)
            office = await lead(ahead)
            state = (await put(ahead, office, step(None))).state
            assert (await there(reader)).state.commit == 1
            for one in slow:
                one.through.clear()
            following = step(state)
            assert await ahead.commit(following, office) == Committed()
            asked = asyncio.ensure_future(there(reader))
            await asyncio.sleep(0.5)
            for one in slow:
                one.through.set()
            assert (await asked).state.commit == following.after.commit
    finally:
        servers.stop()
        for one in slow:
            await one.close()
