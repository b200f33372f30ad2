"""The API as the commands use it: JSON over HTTP, each refusal as a ``Failure`` with its exit code."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import OpenerDirector, ProxyHandler, Request, build_opener

import typer

from orchestrator.cli.failure import Exit, Failure

READ_TIMEOUT_S = 10.0
CHANGE_TIMEOUT_S = 300.0
SILENCE_S = 60.0
"""A live stream that is silent for so long is taken for broken."""

CODES = {409: Exit.REFUSED, 422: Exit.REFUSED, 401: Exit.REFUSED, 403: Exit.REFUSED, 429: Exit.UNAVAILABLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of the live stream."""

    id: str
    event: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Server:
    """A server by its address. Every method raises Failure when it cannot be asked or refuses."""

    url: str

    def get(self, *path: str, **query: Any) -> Any:
        return self._json(self._request("GET", path, query), READ_TIMEOUT_S)

    def post(self, *path: str, body: dict[str, Any] | None = None, **query: Any) -> Any:
        return self._json(self._request("POST", path, query, body or {}), CHANGE_TIMEOUT_S)

    def put(self, *path: str, body: dict[str, Any]) -> Any:
        return self._json(self._request("PUT", path, {}, body), CHANGE_TIMEOUT_S)

    def patch(self, *path: str, body: dict[str, Any]) -> Any:
        return self._json(self._request("PATCH", path, {}, body), CHANGE_TIMEOUT_S)

    def delete(self, *path: str) -> Any:
        return self._json(self._request("DELETE", path, {}), CHANGE_TIMEOUT_S)

    def stream(self, after: str | None) -> Iterator[Item]:
        """Items as they happen, until the server ends the stream."""
        request = self._request("GET", ("v1", "api", "events", "stream"), {})
        request.add_header("Accept", "text/event-stream")
        if after is not None:
            request.add_header("Last-Event-ID", after)
        try:
            with self._open(request, SILENCE_S) as answer:
                yield from _items(answer)
        except (OSError, http.client.HTTPException) as exc:
            raise Failure(Exit.UNAVAILABLE, f"{self.url} stopped answering", str(exc)) from exc

    def _request(
        self, method: str, path: tuple[str, ...], query: dict[str, Any], body: dict[str, Any] | None = None
    ) -> Request:
        # Each part is quoted whole: ids may hold slashes.
        if not all(path):
            raise typer.BadParameter("an empty name or id names nothing")
        where = "/" + "/".join(quote(part, safe="") for part in path)
        asked = {name: value for name, value in query.items() if value is not None}
        url = self.url.rstrip("/") + where + (f"?{urlencode(asked)}" if asked else "")
        data = None if body is None else json.dumps(body).encode()
        headers = {"Accept": "application/json", "User-Agent": "shardwright-cli"}
        if data is not None:
            headers["Content-Type"] = "application/json"
        return Request(url, data=data, headers=headers, method=method)

    def _open(self, request: Request, timeout_s: float) -> http.client.HTTPResponse:
        try:
            return cast(http.client.HTTPResponse, self._opener().open(request, timeout=timeout_s))
        except HTTPError as refusal:
            with refusal:
                raise self._failure(refusal.code, refusal.read()) from refusal
        except (URLError, OSError, http.client.HTTPException) as exc:
            reason = getattr(exc, "reason", None) or exc
            raise Failure(
                Exit.UNAVAILABLE,
                f"no server answers at {self.url}",
                str(reason),
                ["start one with: shardwright run", "or name another one with --server URL"],
            ) from exc

    def _json(self, request: Request, timeout_s: float) -> Any:
        try:
            with self._open(request, timeout_s) as answer:
                return self._decoded(answer.read())
        except (OSError, http.client.HTTPException) as exc:
            raise Failure(Exit.UNAVAILABLE, f"{self.url} stopped answering", str(exc)) from exc

    def _decoded(self, content: bytes) -> Any:
        try:
            return json.loads(content) if content else None
        except ValueError as exc:
            raise Failure(Exit.UNAVAILABLE, f"what answers at {self.url} is not Shardwright") from exc

    def _failure(self, status: int, content: bytes) -> Failure:
        code = CODES.get(status, Exit.UNAVAILABLE if status in (502, 503, 504) else Exit.FAILED)
        try:
            problem = json.loads(content)
        except ValueError:
            problem = None
        if not isinstance(problem, dict) or "title" not in problem:
            return Failure(code, f"{self.url} answered {status}", "and is perhaps not Shardwright")
        reasons = problem.get("reasons") or ()
        said = [each if isinstance(each, str) else json.dumps(each, ensure_ascii=False) for each in reasons]
        detail = str(problem.get("detail") or "")
        return Failure(code, str(problem["title"]), detail, [each for each in said if each != detail])

    def _opener(self) -> OpenerDirector:
        # A proxy meant for the world outside cannot reach this machine's loopback.
        is_local = urlsplit(self.url).hostname in ("127.0.0.1", "localhost", "::1")
        return build_opener(ProxyHandler({})) if is_local else build_opener()


def _items(answer: http.client.HTTPResponse) -> Iterator[Item]:
    fields: dict[str, str] = {}
    for raw in answer:
        line = raw.decode("utf-8", errors="replace").rstrip("\r\n")
        if line:
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            fields[name] = f"{fields[name]}\n{value}" if name == "data" and name in fields else value
        elif fields.get("data"):
            yield Item(
                id=fields.get("id", ""), event=fields.get("event", "message"), data=json.loads(fields["data"])
            )
            fields = {}
        else:
            fields = {}
