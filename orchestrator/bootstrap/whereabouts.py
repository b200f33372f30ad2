"""The file that says where the server is reached: for commands on this machine, and after a crash for us."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from notify.endpoint import Endpoint
from orchestrator.bootstrap.identity import write_private


@dataclass(frozen=True, slots=True)
class Ports:
    """Where a server listened; 0: not known."""

    api: int = 0
    mqtt: int = 0


def left_behind(path: Path) -> Ports:
    """The ports of a server that ended without tidying up: its instances still know it by them."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return Ports(api=_port(told["port"]), mqtt=_port(told["mqtt"]["port"]))
    except (OSError, ValueError, LookupError, TypeError):
        return Ports()


@contextmanager
def announced(path: Path, *, url: str, port: int, endpoint: Endpoint) -> Iterator[None]:
    """The file is there for as long as this lasts."""
    told = {
        "api": url,
        "port": port,
        "pid": os.getpid(),
        "mqtt": {"host": endpoint.host, "port": endpoint.port, "topic": endpoint.topic},
    }
    write_private(path, json.dumps(told))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _port(value: Any) -> int:
    return value if type(value) is int and 0 < value < 65536 else 0
