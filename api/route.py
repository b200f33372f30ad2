"""One route as data: what the server registers and what ``/openapi.json`` says of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web
from pydantic import BaseModel

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A query parameter; ``schema`` is JSON Schema."""

    name: str
    schema: Mapping[str, object]
    description: str
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """``answer``: the shape of a 200, or its media type. ``problems``: the other statuses it can have.

    ``is_local``: about this very server, so never passed on to the leader. ``reads_kinds``: with no leader
    it has nothing to say unless the store can be read.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    answer: type[BaseModel] | str
    query: tuple[Parameter, ...] = ()
    body: type[BaseModel] | None = None
    problems: tuple[int, ...] = ()
    security: bool = False
    head: bool = True
    is_local: bool = False
    is_for_workers: bool = False
    reads_kinds: bool = True

    @property
    def refusals(self) -> frozenset[int]:
        """Every status but 200: what needs the leader has 503 where none is to be had."""
        always = {500} if self.is_local else {500, 503}
        return frozenset({*self.problems, *always, *(() if self.body is None else (408,))})

    @property
    def pattern(self) -> str:
        """The path for the server: a variable takes any text without a slash of its own (``%2F`` is none)."""
        return self.path.replace("}", r":[^/]+}")
