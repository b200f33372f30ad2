"""What all documents share: camelCase on the wire, no field beyond those named."""

from __future__ import annotations

from typing import Annotated, Self

from aiohttp import web
from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel


def _encodable(value: object) -> object:
    # A lone surrogate in somebody's id must not make the whole answer fail.
    return value.encode(errors="replace").decode() if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_encodable)]


class Shape(BaseModel):
    """A document that is built from keywords or from a value of the engine with the same names."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        serialize_by_alias=True,
        from_attributes=True,
        frozen=True,
        extra="forbid",
    )

    @classmethod
    def of(cls, value: object) -> Self:
        return cls.model_validate(value, from_attributes=True)

    def reply(self) -> web.Response:
        """The 200 that carries this document."""
        return web.Response(
            body=self.model_dump_json(by_alias=True).encode(), content_type="application/json"
        )


class Wish(BaseModel):
    """A body that somebody sent: strict types, known fields only; descriptions name what is allowed."""

    model_config = ConfigDict(alias_generator=to_camel, strict=True, frozen=True, extra="forbid")


class NoWish(Wish):
    """A body without fields."""
