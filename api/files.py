"""The console's files, read once at the start: a request names one of them or nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from aiohttp import hdrs, web

from api.problem import Problem

ROOT = Path(__file__).parent / "console"
_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    body: bytes
    media_type: str
    tag: str


def load_assets(root: Path) -> dict[str, Asset]:
    """Every file of a known type below ``root``, by its path relative to it. Raises OSError."""
    assets: dict[str, Asset] = {}
    for path in sorted(root.rglob("*")):
        media_type = _TYPES.get(path.suffix)
        if media_type is None or not path.is_file():
            continue
        body = path.read_bytes()
        tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        assets[path.relative_to(root).as_posix()] = Asset(body=body, media_type=media_type, tag=tag)
    return assets


class Console:
    """Serves the page and its files."""

    def __init__(self, root: Path = ROOT) -> None:
        self._assets = load_assets(root)

    async def index(self, request: web.Request) -> web.Response:
        return self._reply(request, "index.html")

    async def asset(self, request: web.Request) -> web.Response:
        return self._reply(request, request.match_info["path"])

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/", self.index)
        app.router.add_get("/console/", self.index)
        app.router.add_get("/console/{path:.+}", self.asset)

    def _reply(self, request: web.Request, name: str) -> web.Response:
        asset = self._assets.get(name)
        if asset is None:
            raise Problem(404, "the console has no such file")
        # Revalidated each time: a page of one version must not load the modules of another.
        headers = {hdrs.ETAG: asset.tag, hdrs.CACHE_CONTROL: "no-cache"}
        if request.headers.get(hdrs.IF_NONE_MATCH) == asset.tag:
            return web.Response(status=304, headers=headers)
        return web.Response(body=asset.body, content_type=asset.media_type, charset="utf-8", headers=headers)
