"""Start everything in order, run until told to stop, stop everything in the opposite order."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version as installed_version

import structlog

from orchestrator.bootstrap import parts
from orchestrator.bootstrap.access import opened_access
from orchestrator.bootstrap.alerting import alerting
from orchestrator.bootstrap.auditing import auditing
from orchestrator.bootstrap.certificate import ServedCertificate
from orchestrator.bootstrap.collector import Offload, calm_collector
from orchestrator.bootstrap.deferred import DeferredRuntime
from orchestrator.bootstrap.farewell import ends_with_server, stop_instances
from orchestrator.bootstrap.idempotency import idempotency
from orchestrator.bootstrap.identity import RememberedStore, refuse_emptied, worker_key
from orchestrator.bootstrap.listener import address_of, bound_socket, listening, prober
from orchestrator.bootstrap.logs import set_up_logs
from orchestrator.bootstrap.tracing import traces
from orchestrator.bootstrap.whereabouts import announced, left_behind
from orchestrator.clock import SystemClock
from orchestrator.engine.engine import Engine
from orchestrator.engine.setup import KindSetup, Surroundings
from orchestrator.errors import ShardwrightError
from orchestrator.ports import Clock
from orchestrator.settings import Settings, advice, require_protected_links, require_shared_folder
from orchestrator.store.data_directory import DirectoryLock

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Announcement:
    """Where the server is reached."""

    page: str
    api: str
    mqtt: str | None


async def serve(settings: Settings, *, announce: Callable[[Announcement], None]) -> int:
    """Run until SIGINT or SIGTERM; returns the exit code.

    Raises ShardwrightError for what a person can mend.
    """
    set_up_logs(settings)
    require_protected_links(settings)
    require_shared_folder(settings)
    for warning in advice(settings):
        log.warning("configuration", advice=warning)
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ShardwrightError(f"data_dir {settings.data_dir} cannot be made: {error}") from error
    async with AsyncExitStack() as stack:
        told = asyncio.Event()
        engine, work = await _start(settings, stack, announce, told)
        return await _until_stopped(engine, work, told)


async def _start(
    settings: Settings,
    stack: AsyncExitStack,
    announce: Callable[[Announcement], None],
    told: asyncio.Event,
) -> tuple[Engine, asyncio.Task[None]]:
    clock = SystemClock()
    if settings.store.engine != "sqlite":
        # an embedded store locks it itself
        stack.callback(DirectoryLock(settings.data_dir).release)
    store = await stack.enter_async_context(parts.opened_store(settings))
    earlier = left_behind(settings.server_file)
    listener = bound_socket(settings, earlier.api)
    stack.callback(listener.close)
    address = address_of(listener, settings)
    certificate = None if settings.api.tls is None else ServedCertificate(settings.api.tls)
    identity = RememberedStore(settings.data_dir, settings.store.id)
    if settings.store.engine == "sqlite":
        await refuse_emptied(identity, store)
    journal = await stack.enter_async_context(parts.opened_journal(settings))
    endpoint = await stack.enter_async_context(parts.broker(settings, earlier.mqtt))
    catalog = await stack.enter_async_context(parts.catalog(settings))
    runtime = DeferredRuntime(identity, partial(parts.runtime, settings))
    stack.push_async_callback(runtime.close)
    heartbeats = await stack.enter_async_context(parts.heartbeats(clock))
    on_kafka = await stack.enter_async_context(parts.kafka_heartbeats(settings, clock))
    kinds = [
        parts.kind_setup(
            name,
            kind,
            settings,
            catalog=catalog,
            runtime=runtime,
            heartbeats=on_kafka if on_kafka is not None and kind.beats_on_kafka else heartbeats,
        )
        for name, kind in settings.kinds.items()
    ]
    version = installed_version("shardwright")
    offload = Offload()
    stack.callback(offload.close)
    engine = Engine(
        version=version,
        holder=f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}",
        store=store,
        journal=journal,
        notifications=await stack.enter_async_context(parts.notifications(settings, endpoint)),
        kinds=kinds,
        around=Surroundings(
            clock=clock,
            offload=offload,
            worker_url=lambda: ",".join(settings.worker.urls) or address.public,
            own_url=lambda: address.public,
            key=worker_key(settings.data_dir, settings.worker.given_key()),
            name=parts.unique_name,
            lease=settings.worker.lease,
            away_limit=settings.worker.away_limit,
            environment=_worker_environment(settings),
            traces=await stack.enter_async_context(traces(settings, clock, version)),
        ),
        identity=identity,
    )
    if ends_with_server(settings):
        stack.push_async_callback(_farewell, told, runtime, kinds, clock)
    probe = await stack.enter_async_context(prober(address, certificate))
    if certificate is not None:
        await stack.enter_async_context(_background(certificate.watch(clock)))
    await stack.enter_async_context(
        listening(
            engine,
            listener,
            address,
            settings,
            version=engine.version,
            clock=clock,
            certificate=certificate,
            access=await stack.enter_async_context(opened_access(settings, clock, url=address.public)),
            auditing=await stack.enter_async_context(auditing(settings, clock)),
            idempotency=await stack.enter_async_context(idempotency(settings)),
        )
    )
    await stack.enter_async_context(_background(heartbeats.watch(probe)))
    stack.enter_context(
        announced(
            settings.server_file,
            url=address.public,
            port=listener.getsockname()[1],
            endpoint=endpoint,
        )
    )
    calm_collector()
    await stack.enter_async_context(alerting(settings, engine, clock, f"{address.public}/"))
    work = await stack.enter_async_context(_background(engine.run()))
    announce(
        Announcement(
            page=f"{address.public}/",
            api=f"{address.public}/v1/api",
            mqtt=f"mqtt://{endpoint.host}:{endpoint.port} topic {endpoint.topic}",
        )
    )
    return engine, work


async def _until_stopped(engine: Engine, work: asyncio.Task[None], told: asyncio.Event) -> int:
    """0 when a signal ended it, 1 when the engine did."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    waiting = loop.create_task(told.wait())
    await asyncio.wait({waiting, work}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if told.is_set():
        # before anything is closed: another replica leads while this one still passes requests on to it
        await engine.hand_over()
        return 0
    failure = work.exception()
    why = str(failure) if failure else "the engine ended"
    log.error("engine ended", why=why, exc_info=failure)
    sys.stderr.write(f"shardwright: {why}\n")
    return 1


async def _farewell(
    told: asyncio.Event, runtime: DeferredRuntime, kinds: Sequence[KindSetup], clock: Clock
) -> None:
    """Instances end with a server that was told to stop; after a failure they go on, to be adopted."""
    if told.is_set() and runtime.is_made:
        await stop_instances(runtime, kinds, clock)


def _worker_environment(settings: Settings) -> dict[str, str]:
    ledger = settings.ledger_dir
    return {} if ledger is None else {"SHARDWRIGHT_LEDGER_DIR": str(ledger)}


@asynccontextmanager
async def _background(work: object) -> AsyncIterator[asyncio.Task[None]]:
    task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)  # type: ignore[arg-type]
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
