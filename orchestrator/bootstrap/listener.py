"""The HTTP listener, and the probe that proves it can be reached."""

from __future__ import annotations

import resource
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
import structlog
from aiohttp import web

from api.access import Access
from api.app import build_app
from api.auditing import Auditing
from api.options import ApiOptions
from api.serving import Runner
from orchestrator.bootstrap.certificate import ServedCertificate
from orchestrator.engine.facade import Facade
from orchestrator.errors import ConfigError, Unavailable
from orchestrator.ports import Clock
from orchestrator.ports.idempotency import Idempotency
from orchestrator.settings import Settings
from orchestrator.settings.listing import in_force

log = structlog.get_logger()

SHUTDOWN_S = 0.5
MOST_CONNECTIONS = 16 * 1024
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True)
class Address:
    """``local``: the listener itself, for probes; ``public``: what people and workers use."""

    local: str
    public: str


def bound_socket(settings: Settings, earlier: int = 0) -> socket.socket:
    """The listening socket, bound before anything else is started. Raises ConfigError naming the address.

    ``earlier``: where instances that still run look for us; taken when any free port will do.
    """
    host, port = settings.api.host, settings.api.port
    if port == 0 and earlier:
        try:
            return _listening_socket(host, earlier)
        except OSError:
            log.info("the earlier port is taken", port=earlier)
    try:
        return _listening_socket(host, port)
    except (OSError, OverflowError) as error:
        raise ConfigError(
            f"api.host {host} and api.port {port} cannot be listened at: {error}. "
            "Name another port, or 0 for any free one."
        ) from error


def _listening_socket(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(512)
    except BaseException:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


def address_of(listener: socket.socket, settings: Settings) -> Address:
    local = settings.listened_url(listener.getsockname()[1])
    return Address(local=local, public=settings.api.url or local)


@asynccontextmanager
async def listening(
    facade: Facade,
    listener: socket.socket,
    address: Address,
    settings: Settings,
    *,
    version: str,
    clock: Clock,
    certificate: ServedCertificate | None = None,
    access: Access | None = None,
    auditing: Auditing | None = None,
    idempotency: Idempotency | None = None,
) -> AsyncIterator[None]:
    options = ApiOptions(
        version=version,
        monotonic=clock.monotonic,
        allowed_origins=frozenset(settings.api.allowed_origins),
        hosts=_hosts(address, settings),
        body_limit=settings.api.body_limit,
        audit_bound=2 * settings.resync.interval,
        wall=clock.wall,
        idempotency=idempotency,
        proxies=frozenset(settings.access.limits.proxies),
        settings=tuple(in_force(settings)),
        links=tuple((link.name, link.url) for link in settings.api.links),
        runtime=settings.runtime.engine,
    )
    runner = Runner(
        build_app(facade, options, access, auditing),
        shutdown_timeout=SHUTDOWN_S,
        most_connections=_most_connections(),
    )
    await runner.setup()
    try:
        await web.SockSite(runner, listener, ssl_context=_context(certificate)).start()
        yield
    finally:
        await runner.cleanup()


def _context(certificate: ServedCertificate | None) -> ssl.SSLContext | None:
    return None if certificate is None else certificate.context


@asynccontextmanager
async def prober(
    address: Address, certificate: ServedCertificate | None = None
) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Gives a probe that goes the way that a beat goes."""
    async with aiohttp.ClientSession() as session:

        async def probe() -> None:
            try:
                shown = True if certificate is None else certificate.own_client()
                async with session.get(f"{address.local}/livez", ssl=shown) as answer:
                    answer.raise_for_status()
            except aiohttp.ClientError as error:
                raise Unavailable(f"our own listener does not answer: {error}") from error

        yield probe


def _most_connections() -> int:
    """Half of the files that may be open: strangers shall not keep us from our own store."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return MOST_CONNECTIONS if files == resource.RLIM_INFINITY else min(files // 2, MOST_CONNECTIONS)


def _hosts(address: Address, settings: Settings) -> frozenset[str] | None:
    """On loopback, only the names that lead there: no page elsewhere shall reach us by a name of its own."""
    if settings.api.host not in ("127.0.0.1", "localhost", "::1"):
        return None
    port = urlsplit(address.local).port
    return frozenset({urlsplit(address.public).netloc, *(f"{name}:{port}" for name in LOOPBACK)})
