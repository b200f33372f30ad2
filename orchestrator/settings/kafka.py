"""The topic of the heartbeats on Kafka."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, model_validator

from orchestrator.settings.address import HostPorts
from orchestrator.settings.secret import Secret, given_twice, revealed
from orchestrator.settings.section import Seconds, Section, refuse
from orchestrator.settings.tls import KeyedTls


def _topic(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._\-]{1,249}", value) or value in (".", ".."):
        raise ValueError("must be 1 to 249 of letters, digits, '.', '_' and '-'")
    return value


class Kafka(Section):
    """Without ``bootstrap`` there is no Kafka. ``window`` and ``canary_interval`` in seconds."""

    bootstrap: HostPorts = ()
    topic: Annotated[str, AfterValidator(_topic)] = "HeartBeat"
    security: Literal["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"] = "plaintext"
    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    username: str | None = None
    password: Secret | None = None
    password_file: Path | None = None
    tls: KeyedTls | None = None
    window: Seconds = 120.0
    canary_interval: Seconds = 2.0

    @model_validator(mode="after")
    def _agree(self) -> Self:
        has_password = self.password is not None or self.password_file is not None
        signs_in = self.security.startswith("sasl")
        refuse(
            given_twice("kafka.password", self.password, self.password_file),
            f"kafka.security is {self.security}, which needs kafka.username and a password"
            if signs_in and not (self.username and has_password)
            else None,
            f"kafka.username or password is given, and kafka.security is {self.security}; "
            "set it to sasl_ssl or sasl_plaintext"
            if not signs_in and (self.username or has_password)
            else None,
            f"kafka.tls is given, and kafka.security is {self.security}; set it to ssl or sasl_ssl"
            if self.tls is not None and not self.is_encrypted
            else None,
            f"kafka.canary_interval is {self.canary_interval:g}, allowed: "
            f"half of kafka.window ({self.window / 2:g}) or less"
            if self.canary_interval > self.window / 2
            else None,
        )
        return self

    @property
    def is_used(self) -> bool:
        return bool(self.bootstrap)

    @property
    def is_encrypted(self) -> bool:
        return self.security.endswith("ssl")

    def given_password(self) -> str | None:
        """The password as configured, or None. Raises ConfigError when its file cannot be read."""
        return revealed("kafka.password", self.password, self.password_file)
