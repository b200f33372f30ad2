"""What a server does while something that it leans on is away, as those see it who use it."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.services.development import Replica

GIVE_UP_S = 15.0
EVERY_S = 0.25
WRITES = 4
DEPENDENCY = {"zookeeper": "store", "kafka": "heartbeats", "mosquitto": "mqtt", "postgres": "catalog"}
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Answer:
    """``took``: seconds. ``age``: as the header says, None where it says nothing."""

    status: int
    body: Any
    type: str
    age: float | None
    took: float


@dataclass
class Watch:
    """``reads`` and ``writes``: all answers to those who read and to those who orchestrate."""

    reads: dict[str, list[Answer]] = field(default_factory=dict)
    writes: list[Answer] = field(default_factory=list)
    cpu: float = 0.0
    """Of one core, the share that the server used."""


def ask(replica: Replica, path: str, method: str = "GET") -> Answer:
    """Raises TimeoutError for an answer that does not come: nothing may hang."""
    began = time.monotonic()
    request = Request(replica.url + path, method=method)
    try:
        answer = urlopen(request, timeout=GIVE_UP_S)
    except HTTPError as refused:
        answer = refused
    with answer:
        body, headers = json.loads(answer.read()), answer.headers
    age = headers.get("X-Shardwright-Age")
    return Answer(
        status=answer.status,
        body=body,
        type=headers.get_content_type(),
        age=None if age is None else float(age),
        took=time.monotonic() - began,
    )


def is_live(replica: Replica) -> bool:
    try:
        return ask(replica, "/livez").status == 200
    except OSError:
        return False


def missed(replica: Replica, service: str, word: str = "") -> str:
    """What the server says, with this word, of a service that it misses; empty where it misses nothing."""
    told = ask(replica, "/readyz?verbose").body["dependencies"]
    found = [one for one in told if one["name"].split()[0] == DEPENDENCY[service]]
    away = [one for one in found if not one["ok"] or one["detail"]]
    return next((one["detail"] or "not yet" for one in away if word in one["detail"]), "")


def watch(replica: Replica, paths: list[str], write: str, *, seconds: float) -> Watch:
    """Read all of it again and again, and orchestrate now and then."""
    seen = Watch()
    began, used = time.monotonic(), _cpu_s(replica)
    while time.monotonic() - began < seconds:
        for path in paths:
            seen.reads.setdefault(path, []).append(ask(replica, path))
        if time.monotonic() - began >= len(seen.writes) * seconds / WRITES:
            seen.writes.append(ask(replica, write, "POST"))
        time.sleep(EVERY_S)
    seen.cpu = (_cpu_s(replica) - used) / (time.monotonic() - began)
    return seen


def _cpu_s(replica: Replica) -> float:
    pid = json.loads((replica.data / "server.json").read_text())["pid"]
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
