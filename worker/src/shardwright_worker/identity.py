"""Who this process is: read once from the environment, by name."""

import math
import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit


class InvalidIdentity(ValueError):
    """The environment does not say who this process is; the message is one line for people."""


class Identity(NamedTuple):
    """One incarnation of one shard, and how to reach the orchestrator.

    ``url``: one address, or several separated by commas, of which any may answer.
    ``away_limit``: seconds without any answer after which the process ends, until an answer says otherwise.
    """

    kind: str
    shard: int
    incarnation: int
    url: str
    token: str
    away_limit: float | None = None

    @property
    def sync_urls(self) -> tuple[str, ...]:
        """Where exchanges go, one at each address."""
        path = f"/v1/worker/{self.kind}/{self.shard}/sync"
        return tuple(dict.fromkeys(url.strip().rstrip("/") + path for url in self.url.split(",")))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Identity":
        """Read ``SHARDWRIGHT_*``. Raises InvalidIdentity, naming the first variable that is wrong."""
        kind = _required(
            environment, "SHARDWRIGHT_KIND", r"[A-Za-z0-9_.-]+", "letters, digits, '_', '.', '-'"
        )
        shard = _required(environment, "SHARDWRIGHT_SHARD", r"[0-9]{1,9}", "a non-negative integer")
        incarnation = _required(
            environment, "SHARDWRIGHT_INCARNATION", r"[0-9]{1,18}", "a non-negative integer"
        )
        token = _required(
            environment, "SHARDWRIGHT_TOKEN", r"[!-~]+", "printable ASCII without spaces", shown=False
        )
        url = _required(environment, "SHARDWRIGHT_URL", r"https?://[ -~]+", "http(s)://host[:port]")
        for one in url.split(","):
            _check_address(one.strip())
        return cls(kind, int(shard), int(incarnation), url, token, _away_limit(environment))


def _check_address(url: str) -> None:
    try:
        parts = urlsplit(url)
        reachable = bool(parts.hostname) and parts.port != 0 and not parts.query and not parts.fragment
    except ValueError as wrong:
        raise InvalidIdentity(f"SHARDWRIGHT_URL is not valid: {wrong}") from wrong
    if not reachable or parts.scheme not in ("http", "https") or " " in url:
        raise InvalidIdentity(f"SHARDWRIGHT_URL must be http(s)://host[:port], not {url!r}")


def _required(
    environment: Mapping[str, str], name: str, pattern: str, meaning: str, *, shown: bool = True
) -> str:
    value = environment.get(name, "")
    if not value:
        raise InvalidIdentity(f"{name} is not set")
    if re.fullmatch(pattern, value, re.ASCII) is None:
        raise InvalidIdentity(f"{name} must be {meaning}" + (f", not {value!r}" if shown else ""))
    return value


def _away_limit(environment: Mapping[str, str]) -> float | None:
    text = environment.get("SHARDWRIGHT_AWAY_LIMIT", "")
    if not text:
        return None
    try:
        limit = float(text)
    except ValueError:
        limit = math.nan
    if not (math.isfinite(limit) and limit > 0):
        raise InvalidIdentity(f"SHARDWRIGHT_AWAY_LIMIT must be a positive number of seconds, not {text!r}")
    return limit
