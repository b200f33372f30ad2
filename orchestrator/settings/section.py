"""What all sections share: unknown keys are refused, values do not change, numbers are not truth values."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator


class Section(BaseModel):
    """A group of keys. A section that is written without a value has all its defaults."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _empty_is_default(cls, value: Any) -> Any:
        return {} if value is None else value


def _number(value: Any) -> Any:
    # YAML reads "yes" and "on" as true, which would silently become 1.
    if isinstance(value, bool):
        raise ValueError("must be a number")
    return value


Whole = Annotated[int, BeforeValidator(_number)]
Number = Annotated[float, BeforeValidator(_number)]
Port = Annotated[Whole, Field(ge=0, le=65535)]
Seconds = Annotated[Number, Field(gt=0, le=86400)]
Ratio = Annotated[Number, Field(ge=0, le=1)]


def refuse(*faults: str | None) -> None:
    """Raise the faults that are given, one a line; none is no error."""
    found = [fault for fault in faults if fault]
    if found:
        raise ValueError("\n".join(found))
