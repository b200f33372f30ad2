"""The sections that are not of one kind: interfaces, dependencies and bounds of the server."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from orchestrator.errors import ConfigError
from orchestrator.settings.section import Port, Seconds, Section, Whole, refuse


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("must be http(s)://host[:port], without user, query and fragment")
    return value.rstrip("/")


def _origin(value: str) -> str:
    if not re.fullmatch(r"https?://[A-Za-z0-9.\-]+(:\d{1,5})?|https?://\[[0-9A-Fa-f:]+\](:\d{1,5})?", value):
        raise ValueError("must be an origin such as https://console.example.org; '*' is not allowed")
    return value


def _topic(value: str) -> str:
    if not value or re.search(r"[+#\0]", value):
        raise ValueError("must be one topic, without the wildcards + and #")
    return value


WebAddress = Annotated[str, AfterValidator(_web_address)]
Host = Annotated[str, Field(min_length=1)]


class Api(Section):
    """Where people and workers reach the server. ``port`` 0 is any free one; ``body_limit`` in bytes."""

    host: Host = "127.0.0.1"
    port: Port = 8080
    url: WebAddress | None = None
    allowed_origins: tuple[Annotated[str, AfterValidator(_origin)], ...] = ()
    body_limit: Annotated[Whole, Field(ge=1024, le=16 * 1024 * 1024)] = 65536


class Mqtt(Section):
    """The broker of the notifications: our own when ``embedded``, else the one at ``host`` and ``port``."""

    embedded: bool = True
    host: Host = "127.0.0.1"
    port: Port = 1883
    topic: Annotated[str, AfterValidator(_topic)] = "cm/notify"
    username: str = "shardwright"
    password: SecretStr | None = None
    password_file: Path | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        refuse(
            "mqtt.password and mqtt.password_file are both given; keep one of them"
            if self.password is not None and self.password_file is not None
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
        if self.password is not None:
            return self.password.get_secret_value()
        if self.password_file is None:
            return None
        try:
            text = self.password_file.expanduser().read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as exc:
            raise ConfigError(f"mqtt.password_file {self.password_file} cannot be read: {exc}") from exc
        if not text:
            raise ConfigError(f"mqtt.password_file {self.password_file} is empty")
        return text


class Store(Section):
    """Where assignments are kept."""

    engine: Literal["sqlite"] = "sqlite"
    path: Path | None = None


class Catalog(Section):
    """The SQL database whose tables say which resources exist."""

    url: str | None = None
    demo: bool = True


class Journal(Section):
    """The bounded history of inputs and decisions."""

    url: str | None = None
    max_lines: Annotated[Whole, Field(ge=100, le=10_000_000)] = 50_000


class Runtime(Section):
    """What runs instances. ``stop_grace``: seconds between asking an instance to end and forcing it."""

    engine: Literal["process"] = "process"
    stop_grace: Seconds = 10.0


class Worker(Section):
    """What workers are told. ``away_limit``: seconds without an orchestrator until they end; None: never."""

    lease: Seconds = 15.0
    away_limit: Seconds | None = 60.0
    ledger: bool = True

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.away_limit is not None and self.away_limit < self.lease:
            refuse(
                f"worker.away_limit is {self.away_limit:g}, allowed: worker.lease ({self.lease:g}) or more"
            )
        return self


class Resync(Section):
    """When catalog and store are compared; seconds."""

    interval: Seconds = 300.0
    after_contradiction: Annotated[tuple[Seconds, ...], Field(max_length=10)] = (0.2, 1.0, 5.0)


class Log(Section):
    """What is logged, and how. ``auto``: console on a terminal, else json."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "console", "json"] = "auto"
