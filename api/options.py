"""What the wiring gives to the API, and the keys under which the handlers find it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from orchestrator.engine.facade import Facade
from orchestrator.ports.idempotency import Idempotency


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiOptions:
    """Settings of the API. Sizes are bytes, times are seconds.

    ``monotonic``: the clock of ``Beat.received``. ``allowed_origins``: other origins that may read and
    write from a browser (never ``*``); a server behind a proxy that rewrites ``Host`` lists its own public
    origin here. ``hosts``: the ``host[:port]`` values that people and workers use; None admits any, which
    leaves a server on loopback open to DNS rebinding. ``request_ids``: what our request ids begin with,
    new with each start. ``body_patience``: within which a whole body must have come. ``audit_bound``: the
    age beyond which an audit proves nothing. ``idempotency``: keeps what was answered to a key; None: keys
    are not looked at, as where there is no database. ``wall``: seconds of the epoch, by which they grow old.
    ``proxies``: addresses and networks of those whose word on who asks is believed. ``stream_pace``: the
    least time between two blocks for one reader of the stream. ``settings``: key, value and source of each
    that is in force, without secrets. ``links``: name and address of pages of other programs, with names
    in braces. ``runtime``: what runs the instances (``runtime.engine``).
    """

    version: str
    monotonic: Callable[[], float]
    allowed_origins: frozenset[str] = frozenset()
    hosts: frozenset[str] | None = None
    request_ids: str = "r"
    body_limit: int = 64 * 1024
    worker_body_limit: int = 256 * 1024
    body_patience: float = 20.0
    audit_bound: float = 600.0
    stream_heartbeat: float = 10.0
    stream_patience: float = 5.0
    stream_limit: int = 300
    stream_pace: float = 0.5
    wall: Callable[[], float] = lambda: 0.0
    idempotency: Idempotency | None = None
    proxies: frozenset[str] = frozenset()
    settings: tuple[tuple[str, Any, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    runtime: str = ""


FACADE: web.AppKey[Facade] = web.AppKey("facade")
OPTIONS: web.AppKey[ApiOptions] = web.AppKey("options", ApiOptions)
