"""The sections that are not of one kind: interfaces, dependencies and bounds of the server."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from orchestrator.settings.address import Host, Origin, WebAddress, WebAddresses
from orchestrator.settings.outside import Link
from orchestrator.settings.secret import given_twice, revealed
from orchestrator.settings.section import Port, Seconds, Section, Whole, refuse
from orchestrator.settings.tls import Tls


def _topic(value: str) -> str:
    if not value or re.search(r"[+#\0]", value):
        raise ValueError("must be one topic, without the wildcards + and #")
    return value


class ServerTls(Section):
    """With which the server proves who it is: files in PEM. They are read again when they change."""

    certificate: Path
    key: Path


class Api(Section):
    """Where people and workers reach the server. ``port`` 0 is any free one; ``body_limit`` in bytes."""

    host: Host = "127.0.0.1"
    port: Port = 8080
    url: WebAddress | None = None
    tls: ServerTls | None = None
    allowed_origins: tuple[Origin, ...] = ()
    body_limit: Annotated[Whole, Field(ge=1024, le=16 * 1024 * 1024)] = 65536
    links: Annotated[tuple[Link, ...], Field(max_length=20)] = ()


class Mqtt(Section):
    """The broker of the notifications: our own when ``embedded``, else the one at ``host`` and ``port``."""

    embedded: bool = True
    host: Host = "127.0.0.1"
    port: Port = 1883
    topic: Annotated[str, AfterValidator(_topic)] = "cm/notify"
    username: str = "shardwright"
    password: SecretStr | None = None
    password_file: Path | None = None
    tls: Tls | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        refuse(
            given_twice("mqtt.password", self.password, self.password_file),
            "mqtt.tls is given, which the embedded broker does not have; set mqtt.embedded to false"
            if self.tls is not None and self.embedded
            else None,
            "mqtt.port is 0 (any free port), which only an embedded broker can have"
            if self.port == 0 and not self.embedded
            else None,
            # Anonymous sessions get no messages that arrived while they were away.
            "mqtt.username is empty; the embedded broker needs one"
            if self.embedded and not self.username
            else None,
        )
        return self

    def given_password(self) -> str | None:
        """The password as configured, or None. Raises ConfigError when its file cannot be read."""
        return revealed("mqtt.password", self.password, self.password_file)


class Catalog(Section):
    """The SQL database whose tables say which resources exist."""

    url: str | None = None
    demo: bool = True


class Journal(Section):
    """The bounded history of inputs and decisions."""

    url: str | None = None
    max_lines: Annotated[Whole, Field(ge=100, le=10_000_000)] = 50_000


class Worker(Section):
    """What workers are told. ``away_limit``: seconds without an orchestrator until they end; None: never."""

    lease: Seconds = 15.0
    away_limit: Seconds | None = 60.0
    ledger: bool = True
    key: SecretStr | None = None
    key_file: Path | None = None
    urls: WebAddresses = ()

    @model_validator(mode="after")
    def _agree(self) -> Self:
        refuse(
            f"worker.away_limit is {self.away_limit:g}, allowed: worker.lease ({self.lease:g}) or more"
            if self.away_limit is not None and self.away_limit < self.lease
            else None,
            given_twice("worker.key", self.key, self.key_file),
        )
        return self

    def given_key(self) -> str | None:
        """The key as configured, or None. Raises ConfigError when its file cannot be read."""
        return revealed("worker.key", self.key, self.key_file)


class Resync(Section):
    """When catalog and store are compared; seconds."""

    interval: Seconds = 300.0
    after_contradiction: Annotated[tuple[Seconds, ...], Field(max_length=10)] = (0.2, 1.0, 5.0)


class Plans(Section):
    """How long a plan may be applied, seconds, and how many of a kind are kept."""

    expire: Seconds = 3600.0
    keep: Annotated[Whole, Field(ge=5, le=100)] = 20


class Log(Section):
    """What is logged, and how. ``auto``: console on a terminal, else json."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "console", "json"] = "auto"
