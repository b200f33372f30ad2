"""What ``doctor`` tries, one thing each: what was found, and how to mend it."""

from __future__ import annotations

import errno
import fcntl
import importlib.util
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.cli.config import template_faults

if TYPE_CHECKING:
    from orchestrator.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """``ok`` None: could not be told. ``warns``: it works, and should be otherwise all the same."""

    name: str
    ok: bool | None
    detail: str
    mend: str = ""
    warns: bool = False


def python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    return Finding(
        name="python", ok=sys.version_info >= (3, 11), detail=found, mend="install Python 3.11 or later"
    )


def parts(settings: Settings) -> Iterator[Finding]:
    """The optional packages that this configuration needs."""
    needed = {"psutil": "pip install 'shardwright[embedded]'", "shardwright_worker": "pip install ./worker"}
    if settings.mqtt.embedded:
        needed["amqtt"] = "pip install 'shardwright[embedded]', or set mqtt.embedded to false"
    if settings.store.engine == "zookeeper":
        needed["kazoo"] = "pip install 'shardwright[zookeeper]'"
    if settings.kafka.is_used:
        needed["kafka"] = "pip install 'shardwright[kafka]'"
    if settings.runtime.engine == "kubernetes":
        needed["kubernetes"] = "pip install 'shardwright[kubernetes]'"
    if settings.access.oidc is not None:
        needed["jwt"] = "pip install 'shardwright[oidc]'"
    for name, mend in sorted(needed.items()):
        is_here = installed(name)
        yield Finding(
            name=f"package {name}", ok=is_here, detail="installed" if is_here else "missing", mend=mend
        )


def installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


def templates(settings: Settings) -> Finding:
    faults = template_faults(settings)
    names = ", ".join(sorted({str(kind.template) for kind in settings.kinds.values()}))
    return Finding(
        name="templates", ok=not faults, detail="; ".join(faults) or names, mend="correct the pod template"
    )


def data_folder(settings: Settings) -> Finding:
    """Whether the folder can be written; it is not made."""
    folder = settings.data_dir
    place = next(each for each in (folder, *folder.parents) if each.exists())
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as exc:
        return Finding(
            name="data folder",
            ok=False,
            detail=f"{folder}: {exc.strerror}",
            mend="set data_dir to a folder of yours",
        )
    return Finding(
        name="data folder", ok=True, detail=f"{folder}" + ("" if place == folder else " (will be made)")
    )


def holder(settings: Settings) -> tuple[bool, Finding]:
    """Whether a server uses the data folder, and who."""
    name = "data folder in use"
    try:
        with settings.lock_file.open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                process = lock.read(32).decode("ascii", "replace").strip() or "unknown"
                return True, Finding(name=name, ok=True, detail=f"by the server with process id {process}")
    except FileNotFoundError:
        return False, Finding(name=name, ok=True, detail="by nobody; no server has run here yet")
    except OSError as exc:
        return False, Finding(name=name, ok=None, detail=f"{settings.lock_file}: {exc.strerror}")
    return False, Finding(name=name, ok=True, detail="by nobody; no server runs here")


def ports(settings: Settings) -> Iterator[Finding]:
    """Whether the server could listen where it is configured to."""
    wanted = [("api", settings.api.host, settings.api.port)]
    if settings.mqtt.embedded:
        wanted.append(("mqtt", settings.mqtt.host, settings.mqtt.port))
    for section, host, port in wanted:
        fault = _cannot_listen(host, port) if port else None
        yield Finding(
            name=f"{section} port",
            ok=fault is None,
            detail=f"{host}:{port} {fault or 'is free'}" if port else "any free one",
            mend=f"stop what uses it, or set {section}.port to another one",
        )


def files(settings: Settings) -> Iterator[Finding]:
    """What is wrong with the files that hold secrets, certificates and the kubeconfig."""
    from orchestrator.settings import file_faults

    mend = "put it there for the server's account to read, or correct the key"
    for fault in file_faults(settings):
        yield Finding(name="file", ok=False, detail=fault, mend=mend)


def links(settings: Settings) -> Iterator[Finding]:
    """Which links are not protected, and settings that go together badly."""
    from orchestrator.settings import advice, unprotected_links

    name, is_allowed = "links", settings.allow_unprotected_links
    found = unprotected_links(settings)
    for fault in found:
        yield Finding(name=name, ok=is_allowed, detail=fault, warns=True)
    if not found:
        yield Finding(name=name, ok=True, detail="each is protected, or stays on this machine")
    for sentence in advice(settings):
        yield Finding(name="settings", ok=True, detail=sentence, warns=True)


def _cannot_listen(host: str, port: int) -> str | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as exc:
            return "is taken" if exc.errno == errno.EADDRINUSE else f"cannot be used: {exc.strerror or exc}"
    return None
