"""``/docs``: the page for trying the API out, of Swagger UI as it is installed, served by us alone."""

from __future__ import annotations

import asyncio
from importlib.util import find_spec
from pathlib import Path

from aiohttp import web

from api.files import Asset, Assets, load_assets
from api.headers import POLICY_OF
from api.problem import Problem

ROOT = Path(__file__).parent / "docs_page"
PACKAGE = "swagger_ui"
VENDORED = ("swagger-ui-bundle.js", "swagger-ui.css")
"""What is served of the package; it ships editors and maps as well."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Of this page alone: Swagger UI sets markup itself, and its icons are addresses of their own."""


def installed() -> Path:
    """Where the files of Swagger UI are. Raises Problem (404) where it is not installed."""
    found = find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise Problem(404, "Swagger UI is not installed here: pip install swagger-ui-py; /openapi.json is")
    return Path(found.submodule_search_locations[0]) / "static"


class Docs:
    """Serves the page and its files; those of Swagger UI are read when the first one is asked for."""

    def __init__(self) -> None:
        self._assets: Assets | None = None
        self._loading = asyncio.Lock()

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/docs", self.page)
        app.router.add_get("/docs/{file}", self.file)

    async def page(self, request: web.Request) -> web.Response:
        return await self._reply(request, "index.html")

    async def file(self, request: web.Request) -> web.Response:
        return await self._reply(request, request.match_info["file"])

    async def _reply(self, request: web.Request, name: str) -> web.Response:
        request[POLICY_OF] = POLICY
        async with self._loading:
            if self._assets is None:
                self._assets = await asyncio.to_thread(_load)
        return self._assets.reply(request, name)


def _load() -> Assets:
    vendored: dict[str, Asset] = load_assets(installed(), VENDORED)
    return Assets(load_assets(ROOT) | vendored, "the page")
