"""The key under which a request says who asks."""

from __future__ import annotations

from aiohttp import web

from orchestrator.core.access import Principal

PRINCIPAL = web.RequestKey("principal", Principal)
"""On every request that reached its handler; NOBODY where the route asks for no role."""
