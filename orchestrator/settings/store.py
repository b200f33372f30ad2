"""Where assignments are kept."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from orchestrator.settings.address import split
from orchestrator.settings.secret import Secret, given_twice, revealed
from orchestrator.settings.section import Number, Section, refuse
from orchestrator.settings.tls import KeyedTls


def _hosts(value: str) -> str:
    parts = [part.strip() for part in value.split(",")]
    for part in parts:
        split(part)
    return ",".join(parts)


def _root(value: str) -> str:
    # ZooKeeper refuses "." and ".." and control characters in paths, and keeps /zookeeper to itself.
    steps = value.split("/")[1:]
    if not value.startswith("/") or not all(re.fullmatch(r"[A-Za-z0-9_.\-]+", step) for step in steps):
        raise ValueError("must be a path such as /iota/orchestration, of letters, digits, '_', '.' and '-'")
    if {".", ".."} & set(steps) or steps[0] == "zookeeper":
        raise ValueError("must be a path such as /iota/orchestration, without '.' and '..', not /zookeeper")
    return value


def _reader(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9]+:.+", value):
        raise ValueError("must be a scheme and an id, such as world:anyone or digest:user:hash")
    return value


class Zookeeper(Section):
    """The ensemble, and as whom we use it. ``session_timeout`` in seconds; the servers may grant another."""

    hosts: Annotated[str, AfterValidator(_hosts)] = "127.0.0.1:2181"
    root: Annotated[str, AfterValidator(_root)] = "/iota/orchestration"
    session_timeout: Annotated[Number, Field(ge=1, le=600)] = 10.0
    mechanism: Literal["none", "digest", "sasl"] = "none"
    username: str | None = None
    password: Secret | None = None
    password_file: Path | None = None
    readers: tuple[Annotated[str, AfterValidator(_reader)], ...] = ()
    tls: KeyedTls | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        at = "store.zookeeper"
        has_password = self.password is not None or self.password_file is not None
        refuse(
            given_twice(f"{at}.password", self.password, self.password_file),
            f"{at}.mechanism is {self.mechanism}, which needs {at}.username and a password"
            if self.mechanism != "none" and not (self.username and has_password)
            else None,
            f"{at}.username or password is given, and {at}.mechanism is none; set it to digest or sasl"
            if self.mechanism == "none" and (self.username or has_password)
            else None,
            # The account of digest is written as user:password.
            f"{at}.username must be without ':'"
            if self.mechanism == "digest" and ":" in (self.username or "")
            else None,
        )
        return self

    def given_password(self) -> str | None:
        """The password as configured, or None. Raises ConfigError when its file cannot be read."""
        return revealed("store.zookeeper.password", self.password, self.password_file)

    @property
    def servers(self) -> tuple[tuple[str, int], ...]:
        """Host and port of each."""
        return tuple(split(part) for part in self.hosts.split(","))


class Store(Section):
    """``id``: the identity that the store must have; None: the one it had when it was first used."""

    engine: Literal["sqlite", "zookeeper"] = "sqlite"
    path: Path | None = None
    id: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    zookeeper: Zookeeper = Zookeeper()
