"""The yardstick of a lookup: aiohttp with one route whose handler answers the same bytes every time."""

from __future__ import annotations

import asyncio

from aiohttp import web

from bench.loop import run

BODY = b'{"runIn":"iota-dac-3","shard":3,"incarnation":4,"state":"owned","since":null}'


async def _answer(request: web.Request) -> web.Response:
    return web.Response(body=BODY, content_type="application/json")


async def _serve() -> None:
    app = web.Application()
    app.router.add_get("/v1/api/orchestrations/{resource}/{id}/instances", _answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(f"port {runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    run(_serve())
