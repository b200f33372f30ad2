"""The console's files, read once at the start: a request names one of them or nothing."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import hdrs, web

from api.problem import Problem

ROOT = Path(__file__).parent / "console"
PAGES = frozenset({"kinds", "instances", "events", "system", "sign-in"})
"""What the address of a page begins with; the page itself finds out which one it is."""

_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A file and the same packed, each with its tag."""

    body: bytes
    packed: bytes
    media_type: str
    tag: str


def load_assets(root: Path, only: Iterable[str] | None = None) -> dict[str, Asset]:
    """Every file of a known type below ``root``, by its path relative to it. Raises OSError.

    ``only``: these of them, and nothing below.
    """
    assets: dict[str, Asset] = {}
    for path in sorted(root.rglob("*") if only is None else (root / name for name in only)):
        media_type = _TYPES.get(path.suffix)
        if media_type is None or not path.is_file():
            continue
        body = path.read_bytes()
        tag = hashlib.sha256(body).hexdigest()[:20]
        packed = gzip.compress(body, mtime=0)
        assets[path.relative_to(root).as_posix()] = Asset(
            body=body, packed=packed, media_type=media_type, tag=tag
        )
    return assets


class Assets:
    """Answers with files that are in memory. ``of``: what they belong to, for a refusal."""

    def __init__(self, assets: Mapping[str, Asset], of: str) -> None:
        self._assets = assets
        self._of = of

    def reply(self, request: web.Request, name: str) -> web.Response:
        asset = self._assets.get(name)
        if asset is None:
            raise Problem(404, f"{self._of} has no such file")
        is_packed = "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, "")
        tag = f'"{asset.tag}-gz"' if is_packed else f'"{asset.tag}"'
        # Revalidated each time: a page of one version must not load the modules of another.
        headers = {hdrs.ETAG: tag, hdrs.CACHE_CONTROL: "no-cache", hdrs.VARY: hdrs.ACCEPT_ENCODING}
        if request.headers.get(hdrs.IF_NONE_MATCH) == tag:
            return web.Response(status=304, headers=headers)
        if is_packed:
            headers[hdrs.CONTENT_ENCODING] = "gzip"
        body = asset.packed if is_packed else asset.body
        return web.Response(body=body, content_type=asset.media_type, charset="utf-8", headers=headers)


class Console:
    """Serves the page and its files."""

    def __init__(self, root: Path = ROOT) -> None:
        self._assets = Assets(load_assets(root), "the console")

    async def index(self, request: web.Request) -> web.Response:
        return self._assets.reply(request, "index.html")

    async def asset(self, request: web.Request) -> web.Response:
        path = request.match_info["path"]
        return self._assets.reply(request, "index.html" if path.partition("/")[0] in PAGES else path)

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/", self.index)
        app.router.add_get("/console/", self.index)
        app.router.add_get(r"/console/{path:[\s\S]+}", self.asset)
