"""A receiver on loopback that checks what it gets as the documents of each kind of receiver say it does."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from aiohttp import web

SECRET = "SECa1b2c3"


@dataclass
class Receiver:
    """``answers``: statuses with bodies to give first, then it takes what is well formed and signed.

    ``taken``: bodies; ``asked``: every request.
    """

    shape: str = "generic"
    secret: str | None = SECRET
    now: float = 1_700_000_000.0
    answers: list[tuple[int, object]] = field(default_factory=list)
    taken: list[Any] = field(default_factory=list)
    asked: list[web.BaseRequest] = field(default_factory=list)
    url: str = ""

    async def __aenter__(self) -> Receiver:
        app = web.Application()
        app.router.add_post("/hook/{key}", self._take)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/hook/the-key?access_token=t1"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        self.asked.append(request)
        raw = await request.read()
        if self.answers:
            status, said = self.answers.pop(0)
            headers = {"Location": self.url} if status in (301, 302, 307) else {}
            return web.Response(status=status, text=json.dumps(said), headers=headers)
        body = json.loads(raw)
        assert request.content_type == "application/json"
        assert request.query["access_token"] == "t1"
        refusal = getattr(self, f"_{self.shape}")(request, body, raw)
        if refusal is not None:
            return web.json_response(refusal)
        self.taken.append(body)
        return web.json_response({} if self.shape == "generic" else {"code": 0, "errcode": 0, "msg": "ok"})

    def _generic(self, request: web.Request, body: Any, raw: bytes) -> object:
        given = request.headers
        signed = f"{given['webhook-id']}.{given['webhook-timestamp']}.".encode() + raw
        if self.secret is not None:
            mac = hmac.new(self.secret.encode(), signed, hashlib.sha256).digest()
            assert given["webhook-signature"] == f"v1,{base64.b64encode(mac).decode()}"
        assert abs(int(given["webhook-timestamp"]) - self.now) < 300
        assert given["webhook-id"] == body["id"]
        return None

    def _feishu(self, request: web.Request, body: Any, raw: bytes) -> object:
        key = f"{body['timestamp']}\n{self.secret}".encode()
        mac = hmac.new(key, digestmod=hashlib.sha256).digest()
        if body["sign"] != base64.b64encode(mac).decode() or abs(int(body["timestamp"]) - self.now) > 3600:
            return {"code": 19021, "msg": "sign match fail or timestamp is not within one hour"}
        assert body["msg_type"] == "text" and len(raw) <= 20 * 1024
        assert isinstance(body["content"]["text"], str)
        return None

    def _dingtalk(self, request: web.Request, body: Any, raw: bytes) -> object:
        stamp, secret = request.query["timestamp"], self.secret or ""
        mac = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
        good = base64.b64encode(mac).decode()
        if request.query["sign"] != good or abs(int(stamp) / 1000 - self.now) > 3600:
            return {"errcode": 310000, "errmsg": "sign not match"}
        assert body["msgtype"] == "text" and isinstance(body["text"]["content"], str)
        return None

    def _wecom(self, request: web.Request, body: Any, raw: bytes) -> object:
        assert "sign" not in request.query
        if len(body["text"]["content"].encode()) > 2048:
            return {"errcode": 45002, "errmsg": "content size out of limit"}
        assert body["msgtype"] == "text"
        return None


@contextmanager
def listening(receiver: Receiver) -> Iterator[Receiver]:
    """A receiver on a loop of its own, for a test that has none. It checks times against the clock."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    receiver.now = time.time()
    asyncio.run_coroutine_threadsafe(receiver.__aenter__(), loop).result(10)
    try:
        yield receiver
    finally:
        asyncio.run_coroutine_threadsafe(receiver.__aexit__(None, None, None), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
