"""The engine on a real ZooKeeper, and eyes there that are not ours: those of a worker of the seed."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from kazoo.client import KazooClient

from heartbeat.memory import MemoryHeartbeats
from notify.memory import MemoryNotifications
from notify.message import decode
from orchestrator.catalog.memory import MemoryCatalog
from orchestrator.clock import SystemClock
from orchestrator.core.model import Protocol
from orchestrator.core.policy import HealthPolicy, KindPolicy
from orchestrator.engine.engine import Engine
from orchestrator.engine.setup import KindSetup, Surroundings
from orchestrator.engine.store_identity import InMemory
from orchestrator.runtime.memory import MemoryRuntime
from orchestrator.store.layout import ROOT
from orchestrator.store.memory_journal import MemoryJournal
from orchestrator.store.zookeeper import ZookeeperStore
from orchestrator.store.zookeeper_options import ZookeeperOptions
from tests.services.waiting import until
from tests.services.zookeeper import shared
from tests.services.zookeeper_client import operator

RELEASE_WAIT_S = 0.3


class Scene:
    """One kind, Thing, below a root of its own. ``eyes``: a kazoo client of the test's."""

    def __init__(self, eyes: KazooClient, protocol: Protocol, options: ZookeeperOptions) -> None:
        self.eyes = eyes
        self.root = options.root
        self.catalog = MemoryCatalog()
        self.runtime = MemoryRuntime(SystemClock())
        self.notifications = MemoryNotifications()
        self.store: ZookeeperStore | None = None
        self.engine: Engine | None = None
        self.identity = InMemory()
        self._protocol = protocol
        self.options = options
        self._names = count(1)
        self._task: asyncio.Task[None] | None = None

    # --- the orchestrator ---

    async def lead(self, within: float = 10, **fields: Any) -> Engine:
        """Start an engine, and wait until the kind is open or closed.

        ``within``: how long to wait for ZooKeeper before the engine starts.
        """
        self.store = await ZookeeperStore.open(self.options, {"Thing": self._protocol}, within=within)
        self.notifications = MemoryNotifications()
        clock = SystemClock()
        policy = KindPolicy(
            protocol=self._protocol, init_instances=3, seed_release_wait=RELEASE_WAIT_S, hold_ratio=1.0
        )
        setup = KindSetup(
            kind="Thing",
            table="Thing",
            instance_name="iota-dac",
            template="template",
            catalog=self.catalog,
            runtime=self.runtime,
            heartbeats=MemoryHeartbeats(clock),
            policy=policy,
            health=HealthPolicy(heart=False),
            beats_over_http=False,
            observe_interval=0.5,
            **fields,
        )
        around = Surroundings(
            clock=clock,
            offload=asyncio.to_thread,
            worker_url=lambda: "http://127.0.0.1:1",
            own_url=lambda: "http://127.0.0.1:1",
            key=b"key",
            name=lambda prefix: f"{prefix}-{next(self._names)}",
        )
        self.engine = Engine(
            version="test", holder="one", store=self.store, journal=MemoryJournal(),
            notifications=self.notifications, kinds=[setup], around=around, identity=self.identity,
        )  # fmt: skip
        self._task = asyncio.ensure_future(self.engine.run())
        await until(lambda: self.is_open or self.closed, 10, "the kind is open, or closed")
        return self.engine

    @property
    def is_open(self) -> bool:
        """Whether the engine leads the kind."""
        term = None if self.engine is None else self.engine.term
        return term is not None and "Thing" in term.stewards

    @property
    def closed(self) -> str:
        """Why the kind is closed; empty when it is not."""
        term = None if self.engine is None else self.engine.term
        return "" if term is None else term.closed_kinds.get("Thing", "")

    async def step_down(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        if self.store is not None:
            await self.store.close()

    # --- the publisher ---

    def publish(self, message: dict[str, Any] | bytes) -> None:
        """A message of ``cm/notify``, as it is on the wire."""
        raw = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.notifications.push(decode(raw))

    # --- what stands there ---

    def read(self, path: str) -> Any:
        """A document below the kind, as the seed's worker would decode it."""
        return json.loads(self.eyes.get(f"{self.root}/Thing/{path}")[0])

    def write(self, documents: dict[str, Any]) -> None:
        """Documents below the kind, as the seed's orchestrator leaves them; a text is written as it is."""
        for path, value in documents.items():
            body = value if isinstance(value, bytes) else json.dumps(value).encode()
            self.eyes.create(f"{self.root}/Thing/{path}", body, makepath=True)

    def shards(self) -> list[int]:
        path = f"{self.root}/Thing"
        return sorted(map(int, self.eyes.get_children(path))) if self.eyes.exists(path) else []

    def tree(self) -> dict[str, tuple[bytes, int]]:
        """Every node below the kind with its body and its version."""
        found, paths = {}, [f"{self.root}/Thing"]
        while paths:
            path = paths.pop()
            body, stat = self.eyes.get(path)
            found[path.removeprefix(f"{self.root}/Thing")] = body, stat.version
            paths.extend(f"{path}/{name}" for name in self.eyes.get_children(path))
        return found

    def owners(self) -> dict[str, list[int]]:
        """The shards whose list names an id."""
        found: dict[str, list[int]] = {}
        for number in self.shards():
            for resource_id in self.read(f"{number}/resources")["ids"]:
                found.setdefault(str(resource_id), []).append(number)
        return found

    async def owned(self, ids: Iterable[str], within: float = 10) -> dict[str, list[int]]:
        """Wait until exactly these ids stand in exactly one list each."""
        wanted = sorted(ids)

        def so() -> bool:
            found = self.owners()
            return sorted(found) == wanted and all(len(places) == 1 for places in found.values())

        await until(so, within, f"exactly {wanted[:5]}... are owned, once each", every=0.05)
        return self.owners()


class Eyes:
    """What a worker of the seed does: watches ``_reload``, and reads its list when that has changed.

    ``seen``: (times, ids) at each watch that fired, the first read among them. ``fired``: how often.
    """

    def __init__(self, client: KazooClient, shard: str) -> None:
        self._client = client
        self._shard = shard
        self.fired = 0
        self.seen: list[tuple[int, list[str]]] = []
        self._look()

    def _look(self) -> None:
        times = json.loads(self._client.get(f"{self._shard}/_reload", watch=self._fire)[0])["times"]
        self.seen.append((times, json.loads(self._client.get(f"{self._shard}/resources")[0])["ids"]))

    def _fire(self, event: Any) -> None:
        """On kazoo's thread for events, where reading is allowed."""
        if event.type == "CHANGED":
            self._look()
            self.fired += 1


@asynccontextmanager
async def scene(
    protocol: Protocol = Protocol.SEED, hosts: str | None = None, eyes: str | None = None, **options: Any
) -> AsyncIterator[Scene]:
    """Below the root there is nothing but what the test writes. ``eyes``: what they look through."""
    address = hosts or shared()
    root = f"/test-{secrets.token_hex(6)}{ROOT}"
    with operator(eyes or address) as looking:
        made = Scene(looking, protocol, ZookeeperOptions(hosts=address, root=root, **options))
        try:
            yield made
        finally:
            await made.step_down()
