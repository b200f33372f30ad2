"""A browser as the server sees one: a cookie that it sends to every port of this machine, and its proof."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from http.cookies import SimpleCookie
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from api.access.csrf import HEADER

_http = build_opener(ProxyHandler({}))


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Message
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class Browser:
    """``password``: of whoever signs in."""

    def __init__(self, password: str) -> None:
        self._password = password
        self._cookie = ""
        self._csrf = ""

    def sign_in(self, url: str, name: str) -> None:
        reply = self.call(url, "POST", "/v1/api/session", {"name": name, "password": self._password})
        assert reply.status == 200, reply
        jar: SimpleCookie = SimpleCookie(reply.headers["Set-Cookie"])
        self._cookie = "; ".join(f"{key}={morsel.coded_value}" for key, morsel in jar.items())
        self._csrf = reply.json["csrf"]

    def call(
        self,
        url: str,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        csrf: str | None = None,
    ) -> Reply:
        """``csrf``: another proof than that of the session."""
        sent = {"Cookie": self._cookie, HEADER: self._csrf if csrf is None else csrf, **(headers or {})}
        data = None if method == "GET" else json.dumps({} if body is None else body).encode()
        if data is not None:
            sent["Content-Type"] = "application/json"
        request = Request(url + path, data=data, headers=sent, method=method)
        try:
            with _http.open(request, timeout=30) as answer:
                return Reply(answer.status, answer.headers, answer.read().decode())
        except HTTPError as refusal:
            with refusal:
                return Reply(refusal.code, refusal.headers, refusal.read().decode())
