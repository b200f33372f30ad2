"""What can be told of the servers before anything is kept there. Nothing is changed.

For a person who sets them up, not for a server that runs: each question takes a connection of its own.
"""

from __future__ import annotations

import re
import secrets
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from kazoo.exceptions import AuthFailedError, KazooException, NoAuthError, NoNodeError

from orchestrator.errors import Permanent, Unavailable
from orchestrator.store.zookeeper_client import Client, acl, stop_client
from orchestrator.store.zookeeper_errors import refused_at
from orchestrator.store.zookeeper_options import ZookeeperOptions

SOUND = {(3, 8): (3, 8, 6), (3, 9): (3, 9, 5)}
"""The first release of each line without a known defect that matters here; later lines have none."""

Version = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """``granted_s``: the session timeout. ``exists``: whether the root is there already."""

    granted_s: float
    exists: bool


def try_session(options: ZookeeperOptions, within: float) -> Session:
    """Sign in, and have a transaction undone that would write below the root.

    Raises Unavailable when there is no session within so many seconds, Permanent when we are refused.
    """
    client = Client(options)
    until = time.monotonic() + within
    started = client.start_async()
    try:
        # A client whose credentials were refused has ended, and never starts.
        while not (started.wait(0.05) or client.ended or time.monotonic() > until):
            continue
        if not client.connected:
            raise Unavailable(f"no session: {client.handler.failure or 'no server answered'}")
        exists = _require_access(client, options, until)
        return Session(granted_s=client.granted_s or options.session_timeout_s, exists=exists)
    except NoAuthError as exc:
        raise Permanent(f"{options.root} belongs to another account, and ours may not use it") from exc
    except AuthFailedError as exc:
        raise Permanent(client.handler.failure or "our account was refused") from exc
    except (KazooException, client.handler.timeout_exception) as exc:
        raise Unavailable(f"ZooKeeper gave no answer: {type(exc).__name__} {exc}".rstrip()) from exc
    finally:
        client.handler.abort()
        with suppress(KazooException, OSError):
            stop_client(client)


def server_version(options: ZookeeperOptions, host: str, port: int, within: float) -> Version | None:
    """Which release a server is, or None where it does not tell (``srvr`` is not in its whitelist).

    Raises Unavailable when it cannot be reached.
    """
    try:
        with socket.create_connection((host, port), within) as plain:
            if options.tls is None:
                return _version(_said(plain, b"srvr", within))
            name = host if options.tls.check_hostname else None
            with options.tls.context().wrap_socket(plain, server_hostname=name) as encrypted:
                return _version(_said(encrypted, b"srvr", within))
    except OSError as exc:
        raise Unavailable(f"{host}:{port}: {exc.strerror or exc}") from exc


def is_sound(version: Version) -> bool:
    """Whether the release, or a later one of its line, has what we need."""
    line = version[:2]
    return version >= SOUND[line] if line in SOUND else line > max(SOUND)


def _require_access(client: Client, options: ZookeeperOptions, until: float) -> bool:
    """Whether the root exists. Raises NoAuthError where it may not be read or written."""
    exists = client.exists_async(options.root).get(timeout=_left(until)) is not None
    if exists:
        client.get_children_async(options.root).get(timeout=_left(until))
    transaction = client.transaction()
    for path in [*_missing(client, options.root, until), f"{options.root}/_doctor-{secrets.token_hex(4)}"]:
        transaction.create(path, b"", acl=acl(options))
    # Nothing has this name: the whole is undone, and what else is refused stands before it.
    transaction.check(f"/doctor-{secrets.token_hex(8)}", 0)
    refused = refused_at(transaction.commit_async().get(timeout=_left(until)))
    if refused is not None and not isinstance(refused[1], NoNodeError):
        raise refused[1]
    return exists


def _missing(client: Client, root: str, until: float) -> Sequence[str]:
    steps = root.strip("/").split("/")
    paths = ["/" + "/".join(steps[: count + 1]) for count in range(len(steps))]
    return [path for path in paths if client.exists_async(path).get(timeout=_left(until)) is None]


def _left(until: float) -> float:
    return max(0.1, until - time.monotonic())


def _said(connection: socket.socket, words: bytes, within: float) -> str:
    until = time.monotonic() + within
    connection.sendall(words)
    parts: list[bytes] = []
    while sum(map(len, parts)) < 65536 and (left := until - time.monotonic()) > 0:
        connection.settimeout(left)
        part = connection.recv(4096)
        if not part:
            break
        parts.append(part)
    return b"".join(parts).decode("utf-8", "replace")


def _version(said: str) -> Version | None:
    found: Any = re.match(r"Zookeeper version: (\d+)\.(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None
