"""The tables of the demo; each model says which of its changes are announced."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar, Final

from sqlalchemy import DateTime, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from notify.publisher import outbox_table

_ALL: Final = {"c": True, "u": True, "d": True}


class Base(DeclarativeBase):
    pass


class Resource(Base):
    """What a worker can own."""

    __abstract__ = True
    __notify__: ClassVar = _ALL
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), default="")


class Meta(Base):
    """What describes resources: announced, and of no interest to the orchestrator."""

    __abstract__ = True
    __notify__: ClassVar = _ALL
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[int] = mapped_column(default=1)


class Thing(Resource):
    """A device twin."""

    __tablename__ = "Thing"
    created: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=lambda: datetime.now(UTC))


class Rule(Resource):
    """A rule of the rules engine."""

    __tablename__ = "Rule"


class ProtocolMeta(Meta):
    """What a protocol looks like."""

    __tablename__ = "ProtocolMeta"


class DeviceMeta(Meta):
    """What a type of device looks like."""

    __tablename__ = "DeviceMeta"


outbox_table(Base.metadata)

MODELS: Final[dict[str, type[Resource]]] = {"Thing": Thing, "Rule": Rule}
METAS: Final[tuple[type[Meta], ...]] = (ProtocolMeta, DeviceMeta)


def resource_id(kind: str, number: int) -> str:
    """``thing-000042``; ids sort by their number."""
    return f"{kind.lower()}-{number:06}"
