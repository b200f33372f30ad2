"""The server as a whole: its replicas, what it leans on, its limits and its settings."""

from __future__ import annotations

from typing import Any

from api.shapes.base import Shape, Text
from api.shapes.system import DependencyShape


class ReplicaShape(Shape):
    """A server that is known to this one. ``role``: leader or follower."""

    holder: Text
    role: str
    url: Text
    answered: bool


class NearLimitShape(Shape):
    """``kind`` null: of the whole server. ``lastHit``: seconds of the epoch; null: it was not reached."""

    name: str
    kind: Text | None
    value: float
    in_use: float | None
    last_hit: float | None


class SettingShape(Shape):
    """``source``: ``default``, a line of the file, a variable of the environment or an option."""

    key: str
    value: Any
    source: Text


class SystemShape(Shape):
    """``replicas``: the leader and the server that answered. Secrets are masked."""

    version: str
    leader: Text
    epoch: int | None
    since: float
    replicas: tuple[ReplicaShape, ...]
    dependencies: tuple[DependencyShape, ...]
    limits: tuple[NearLimitShape, ...]
    settings: tuple[SettingShape, ...]
