"""Where and how to beat on Kafka: read once from the environment, by name."""

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

_SECURITY = ("plaintext", "ssl", "sasl_plaintext", "sasl_ssl")


class InvalidChannel(ValueError):
    """The environment does not say how to beat on Kafka; the message is one line for people."""


class Channel(NamedTuple):
    """Where to beat, how often (seconds), and as whom. Files are PEM."""

    bootstrap: tuple[str, ...]
    topic: str
    interval: float
    security: str
    mechanism: str
    username: str | None
    password: str | None
    ca: str | None
    certificate: str | None
    key: str | None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Channel | None":
        """Read ``SHARDWRIGHT_KAFKA_*``; None when no brokers are named. Raises InvalidChannel."""
        said = {name: environment.get(f"SHARDWRIGHT_KAFKA_{name.upper()}") or None for name in _NAMES}
        servers = tuple(one.strip() for one in (said["bootstrap"] or "").split(",") if one.strip())
        if not servers:
            return None
        if wrong := [
            one for one in servers if re.fullmatch(r"[^\s:]+:[0-9]{1,5}|\[[^\s]+\]:[0-9]+", one) is None
        ]:
            raise InvalidChannel(f"SHARDWRIGHT_KAFKA_BOOTSTRAP must be host:port[,...], not {wrong[0]!r}")
        security = said["security"] or "plaintext"
        if security not in _SECURITY:
            raise InvalidChannel(
                f"SHARDWRIGHT_KAFKA_SECURITY must be one of {', '.join(_SECURITY)}, not {security!r}"
            )
        return cls(
            servers,
            said["topic"] or "HeartBeat",
            _seconds(said["interval"]),
            security,
            said["mechanism"] or "SCRAM-SHA-512",
            said["username"],
            _secret(said["password"], said["password_file"]),
            said["ca"],
            said["certificate"],
            said["key"],
        )


_NAMES = (*Channel._fields, "password_file")


def _seconds(text: str | None) -> float:
    try:
        interval = float(text or 5.0)
    except ValueError:
        interval = math.nan
    if not (math.isfinite(interval) and interval > 0):
        raise InvalidChannel(f"SHARDWRIGHT_KAFKA_INTERVAL must be a positive number of seconds, not {text!r}")
    return interval


def _secret(value: str | None, file: str | None) -> str | None:
    if value is not None or file is None:
        return value
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as wrong:
        raise InvalidChannel(f"SHARDWRIGHT_KAFKA_PASSWORD_FILE cannot be read: {wrong}") from wrong
