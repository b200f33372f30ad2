"""What a rendered manifest means for a process on this machine: arguments and environment. Pure."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.runtime.template import Manifest

_OF_THE_USER = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR")
_OF_PROGRAMS = ("VIRTUAL_ENV", "PYTHONPATH", "SSL_CERT_FILE", "SSL_CERT_DIR")

INHERITED = frozenset((*_OF_THE_USER, *_OF_PROGRAMS))
"""What a worker gets of our own environment: enough to run a program, nothing that may be a secret."""

_REFERENCE = re.compile(r"\$(\$|\(([A-Za-z_][-A-Za-z0-9_.]*)\))")


class Refused(ValueError):
    """The manifest cannot be run as a process; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """``arguments[0]`` is the path of a program that exists."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]


def command_of(manifest: Manifest, *, own: Mapping[str, str], programs: str) -> Command:
    """The first container's command.

    ``own``: our environment, of which little is passed on. ``programs``: the folder that is searched
    before ``PATH``, where ``python`` is the one that we run under. Raises Refused.
    """
    container = manifest["spec"]["containers"][0]
    environment = {name: value for name, value in own.items() if name in INHERITED}
    environment["PATH"] = os.pathsep.join(filter(None, (programs, environment.get("PATH", os.defpath))))
    for entry in container.get("env", []):
        if "valueFrom" in entry:
            raise Refused(f"variable {entry['name']} has valueFrom, which only Kubernetes can fill in")
        environment[entry["name"]] = expanded(entry.get("value", ""), environment)
    wanted = _texts(container, "command")
    if not wanted:
        raise Refused("the first container has no command, and a process has no image that would name one")
    name, *rest = (expanded(text, environment) for text in (*wanted, *_texts(container, "args")))
    program = shutil.which(name, path=os.pathsep.join((programs, environment["PATH"])))
    if program is None:
        raise Refused(f"command {name!r} is not found or not executable")
    return Command(arguments=(program, *rest), environment=environment)


def expanded(text: str, environment: Mapping[str, str]) -> str:
    """``$(NAME)`` replaced as Kubernetes does: an unknown name stays as it is, ``$$`` is one ``$``."""

    def replacement(found: re.Match[str]) -> str:
        return "$" if found[1] == "$" else environment.get(found[2], found[0])

    return _REFERENCE.sub(replacement, text)


def _texts(container: dict[str, Any], part: str) -> list[str]:
    texts = container.get(part) or []
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise Refused(f"{part} of the first container must be a list of strings")
    return texts
