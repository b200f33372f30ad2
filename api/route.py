"""One route as data: what the server registers and what ``/openapi.json`` says of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from orchestrator.core.access import Role

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Version = Callable[[web.Request], str | Awaitable[str | None] | None]
"""The tag of what a path names, as it stands now; None: there is none of it, or none that is known.

One that has to be waited for is that of what the handler looks at, or has made of it.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A query parameter; ``schema`` is JSON Schema."""

    name: str
    schema: Mapping[str, object]
    description: str
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """``answer``: the shape of a 200, or its media type. ``problems``: what else it can answer, beside what
    its path, query, body and rights say by themselves (see ``refusals``).

    ``is_local``: about this very server, so never passed on to the leader. ``reads_kinds``: with no leader
    it has nothing to say unless the store can be read. ``role``: what it takes, where that is not what
    ``needs`` says. ``is_for_any_kind``: the role for any kind is enough, and the handler shows no other one.
    ``version``: of what it shows or changes, for ``ETag`` and ``If-Match``. ``keeps_answer``: False where the
    answer holds a secret, which is kept nowhere. ``takes_any_query``: no parameter is a fault.
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
    version: Version | None = None
    keeps_answer: bool = True
    reads_kinds: bool = True
    role: Role | None = None
    is_for_any_kind: bool = False
    takes_any_query: bool = False

    @property
    def needs(self) -> Role:
        """The least role of who may use it; workers prove themselves by tokens of their own."""
        if self.role is not None:
            return self.role
        if self.is_for_workers:
            return Role.NOBODY
        return Role.VIEWER if self.method in ("GET", "HEAD") else Role.OPERATOR

    @property
    def is_write(self) -> bool:
        """Whether people change something by it."""
        return self.method not in ("GET", "HEAD") and not self.is_for_workers

    @property
    def takes_key(self) -> bool:
        """Whether an ``Idempotency-Key`` is minded: a key belongs to somebody, and what was sent is kept.

        A password is not, however it is digested: it could be guessed from that.
        """
        return self.is_write and self.needs is not Role.NOBODY and not has_secret(self.body)

    @property
    def refusals(self) -> frozenset[int]:
        """Every status but 200: what needs the leader has 503 where none is to be had."""
        # Nothing is changed where that cannot be written down, also of what is about this very server.
        always = {500} if self.is_local and not self.is_write else {500, 503}
        asked = () if self.takes_any_query else (400,)
        named = (404,) if "{" in self.path else ()
        sent = () if self.body is None else (413, 415)
        judged = () if self.needs is Role.NOBODY else (401, 403, 429)
        slow = () if self.body is None and not self.is_write else (408,)
        keyed = (409, 413, 422) if self.takes_key else ()
        matched = (412,) if self.is_write and self.version is not None else ()
        return frozenset({*self.problems, *always, *asked, *named, *sent, *judged, *slow, *keyed, *matched})

    @property
    def pattern(self) -> str:
        """The path for the server: a variable takes any text without a slash of its own (``%2F`` is none)."""
        return self.path.replace("}", r":[^/]+}")


def has_secret(shape: type[BaseModel] | None) -> bool:
    """Whether a field of a body is marked as a password."""
    fields = () if shape is None else shape.model_fields.values()
    return any(is_secret(field) for field in fields)


def is_secret(field: FieldInfo) -> bool:
    extra = field.json_schema_extra
    return isinstance(extra, dict) and extra.get("format") == "password"
