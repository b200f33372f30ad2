"""One exchange over HTTP: a request out, the whole answer or its lines back."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from typing import Any, cast
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import (
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    build_opener,
)

from shardwright_client.address import Address, tls
from shardwright_client.errors import Misused, Unavailable, Unexpected
from shardwright_client.problem import error_of

LONGEST_ANSWER = 256 * 1024 * 1024
"""Bytes of an answer that are read at most."""


class Wire:
    """The way to one server. Every method raises Unavailable, Unexpected or Refused."""

    def __init__(self, address: Address, *, token: str | None, ca: Path | None, agent: str) -> None:
        """Raises Misused for a token that no header can hold, and for a CA that cannot be used."""
        if token is not None and not (token and token.isascii() and token.isprintable() and " " not in token):
            raise Misused("the token is none: it is empty, or holds what no header can hold")
        self._address = address
        self._token = token
        self._agent = agent
        self._opener = _opener(address, ca)

    def request(
        self,
        method: str,
        path: tuple[str, ...],
        query: Mapping[str, Any],
        body: Mapping[str, Any] | None,
        headers: Mapping[str, str],
    ) -> Request:
        """``path``: its parts, each quoted as a whole, since ids may hold slashes.

        Raises Misused for an empty one.
        """
        if not all(path):
            raise Misused("an empty name or id names nothing")
        where = "/" + "/".join(quote(part, safe="") for part in path)
        asked = {name: _text(value) for name, value in query.items() if value is not None}
        url = self._address.url + where + (f"?{urlencode(asked)}" if asked else "")
        request = Request(url, data=None if body is None else json.dumps(body).encode(), method=method)
        sent = {"Accept": "application/json", "User-Agent": self._agent, **headers}
        if body is not None:
            sent["Content-Type"] = "application/json"
        for name, value in sent.items():
            request.add_header(name, value)
        if self._token is not None:
            request.add_unredirected_header("Authorization", f"Bearer {self._token}")
        return request

    def exchange(self, request: Request, timeout_s: float) -> tuple[Message, bytes]:
        """The headers and the content of a 2xx."""
        with self._broken_off(), self._open(request, timeout_s) as answer:
            content = answer.read(LONGEST_ANSWER + 1)
            if len(content) > LONGEST_ANSWER:
                raise Unexpected(f"{self._address.url} answered with more than {LONGEST_ANSWER} bytes")
            if answer.length:
                # A read that is bounded says nothing of an end that comes too early.
                raise http.client.IncompleteRead(content, answer.length)
            return answer.headers, content

    def lines(self, request: Request, silence_s: float) -> Iterator[bytes]:
        """The lines of an answer as they come; ``silence_s``: after which it is taken for broken."""
        with self._broken_off(), self._open(request, silence_s) as answer:
            yield from answer

    @contextmanager
    def _broken_off(self) -> Iterator[None]:
        try:
            yield
        except (OSError, http.client.HTTPException) as exc:
            raise Unavailable(f"{self._address.url} stopped answering", str(exc)) from exc

    def _open(self, request: Request, timeout_s: float) -> http.client.HTTPResponse:
        try:
            return cast(http.client.HTTPResponse, self._opener.open(request, timeout=timeout_s))
        except HTTPError as refusal:
            with refusal:
                content = refusal.read(LONGEST_ANSWER)
            raise error_of(self._address.url, refusal.code, refusal.headers, content) from refusal
        except URLError as exc:
            # Raised while connecting and sending only: it may have been sent, and the answer lost.
            reason = exc.reason
            raise Unavailable(
                f"no server answers at {self._address.url}",
                str(reason),
                is_untouched=isinstance(reason, ConnectionRefusedError),
            ) from exc
        except (OSError, http.client.HTTPException) as exc:
            raise Unavailable(f"no server answers at {self._address.url}", str(exc)) from exc


class _NoRedirects(HTTPRedirectHandler):
    """A redirect could name another host, and would have a write sent again as a read."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _opener(address: Address, ca: Path | None) -> OpenerDirector:
    handlers: list[Any] = [_NoRedirects()]
    if address.url.startswith("https://"):
        handlers.append(HTTPSHandler(context=tls(ca)))
    if address.is_local:
        # A proxy meant for the world outside cannot reach this machine's loopback.
        handlers.append(ProxyHandler({}))
    return build_opener(*handlers)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
