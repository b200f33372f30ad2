"""Whom the leader tells of alarms."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from orchestrator.errors import ConfigError
from orchestrator.settings.address import is_loopback
from orchestrator.settings.secret import given_twice, revealed
from orchestrator.settings.section import Number, Seconds, Section, refuse


def _target_name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]{0,62}", value):
        raise ValueError("must be 1 to 63 of letters, digits, '_', '.', '-', beginning with a letter")
    return value


class AlertTarget(Section):
    """One receiver. ``url``: with the key that chats put into it, so it is a secret.

    ``secret``: signs what is sent. ``only_person``: it is told only of what needs a person.
    """

    name: Annotated[str, AfterValidator(_target_name)]
    shape: Literal["generic", "feishu", "dingtalk", "wecom"] = "generic"
    url: SecretStr | None = None
    url_file: Path | None = None
    secret: SecretStr | None = None
    secret_file: Path | None = None
    only_person: bool = False

    @model_validator(mode="after")
    def _agree(self) -> Self:
        signed = self.secret is not None or self.secret_file is not None
        refuse(
            given_twice("url", self.url, self.url_file),
            given_twice("secret", self.secret, self.secret_file),
            "url is missing; give it, or url_file" if self.url is None and self.url_file is None else None,
            None if self.url is None else _fault(self.url.get_secret_value()),
            "secret is given, and WeCom knows no signature" if signed and self.shape == "wecom" else None,
        )
        return self

    def given_url(self) -> str:
        """Raises ConfigError for its file."""
        key = f"alerts.targets.{self.name}.url"
        found = revealed(key, self.url, self.url_file) or ""
        fault = _fault(found)
        if fault is not None:
            raise ConfigError(f"{key}_file: {fault}")
        return found

    def given_secret(self) -> str | None:
        """Raises ConfigError for its file."""
        return revealed(f"alerts.targets.{self.name}.secret", self.secret, self.secret_file)


class Alerts(Section):
    """Seconds. ``interval``: between two looks; ``after``: one is told that stood so long; ``quiet``: one is
    over that was not seen for so long; ``repeat``: it is told again, None: never.
    """

    interval: Annotated[Number, Field(ge=1, le=3600)] = 10.0
    after: Annotated[Number, Field(ge=0, le=86400)] = 60.0
    quiet: Annotated[Number, Field(ge=0, le=86400)] = 120.0
    repeat: Annotated[Seconds, Field(ge=60)] | None = 14400.0
    targets: tuple[AlertTarget, ...] = ()

    @model_validator(mode="after")
    def _agree(self) -> Self:
        named = [target.name for target in self.targets]
        refuse(
            *(f"two targets are called {name}" for name in sorted({n for n in named if named.count(n) > 1}))
        )
        return self


def _fault(url: str) -> str | None:
    """The address itself is not repeated: it holds a key."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        is_usable = parts.scheme in ("http", "https") and bool(host) and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable or parts.fragment or "@" in parts.netloc:
        return "url must be https://host[:port]/path, without user and fragment"
    if parts.scheme == "http" and not is_loopback(host):
        return "url is http, which is allowed on loopback only: whoever reads along learns its key"
    return None
