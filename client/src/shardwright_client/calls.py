"""Calls of any route: with the token, tried again where that is safe."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from email.message import Message
from pathlib import Path
from typing import Any

from shardwright_client.address import Address
from shardwright_client.errors import Refused, Unavailable, Unexpected
from shardwright_client.retry import Retry
from shardwright_client.wire import Wire

READ_TIMEOUT_S = 10.0
CHANGE_TIMEOUT_S = 300.0
AGENT = "shardwright-client"


class Calls:
    """A server by its address. Every call raises Unavailable, Unexpected or Refused.

    ``token``: the bearer token; ``ca``: a file (PEM) of the authorities that alone are trusted; ``retry``:
    what is tried again. Raises Misused for an address, a token or a CA that cannot be used.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        ca: str | Path | None = None,
        retry: Retry | None = None,
        agent: str = AGENT,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        address = Address.of(url)
        self._address = address
        self._retry = retry or Retry()
        self._sleep = time.sleep if sleep is None else sleep
        self._wire = Wire(address, token=token, ca=None if ca is None else Path(ca), agent=agent)

    @property
    def url(self) -> str:
        return self._address.url

    def get(self, *path: str, **query: Any) -> Any:
        """The document at this path. What is None is not asked."""
        return self._call("GET", path, query, None, {}, READ_TIMEOUT_S)

    def post(self, *path: str, body: Mapping[str, Any] | None = None, **query: Any) -> Any:
        return self.write("POST", *path, body=body or {}, **query)

    def put(self, *path: str, body: Mapping[str, Any], **query: Any) -> Any:
        return self.write("PUT", *path, body=body, **query)

    def patch(self, *path: str, body: Mapping[str, Any], **query: Any) -> Any:
        return self.write("PATCH", *path, body=body, **query)

    def delete(self, *path: str, **query: Any) -> Any:
        return self.write("DELETE", *path, **query)

    def write(
        self,
        method: str,
        *path: str,
        body: Mapping[str, Any] | None = None,
        key: str | None = None,
        if_match: str | None = None,
        headers: Mapping[str, str] | None = None,
        **query: Any,
    ) -> Any:
        """Have something changed, once however often it is sent.

        ``key``: what makes it this one write, where the caller may call again; else a new one. ``if_match``:
        the version (``ETag``) that it is meant for. The query ``dryRun=True`` asks what would be done.
        """
        given = {"Idempotency-Key": key or secrets.token_hex(16), **(headers or {})}
        if if_match is not None:
            given["If-Match"] = if_match
        return self._call(method, path, query, body, given, CHANGE_TIMEOUT_S)

    def pages(self, *path: str, **query: Any) -> Iterator[Any]:
        """The items of all pages of a list that has a cursor."""
        cursor: Any = None
        while True:
            page = self.get(*path, cursor=cursor, **query)
            yield from page["items"]
            cursor = page.get("next")
            if cursor is None:
                return

    def _call(
        self,
        method: str,
        path: tuple[str, ...],
        query: Mapping[str, Any],
        body: Mapping[str, Any] | None,
        headers: Mapping[str, str],
        timeout_s: float,
    ) -> Any:
        return self._exchange(method, path, query, body, headers, timeout_s)[0]

    def _exchange(
        self,
        method: str,
        path: tuple[str, ...],
        query: Mapping[str, Any],
        body: Mapping[str, Any] | None,
        headers: Mapping[str, str],
        timeout_s: float,
    ) -> tuple[Any, Message]:
        """The document, and the headers that it came with."""
        is_safe = method == "GET" or "Idempotency-Key" in headers
        attempt = 1
        while True:
            request = self._wire.request(method, path, query, body, headers)
            try:
                given, content = self._wire.exchange(request, timeout_s)
                return self._decoded(content), given
            except (Unavailable, Refused) as error:
                pause = self._retry.pause(attempt, error, is_safe=is_safe)
                if pause is None:
                    raise
            self._sleep(pause)
            attempt += 1

    def _decoded(self, content: bytes) -> Any:
        try:
            return json.loads(content) if content else None
        except ValueError as exc:
            raise Unexpected(f"what answers at {self.url} is not Shardwright") from exc
