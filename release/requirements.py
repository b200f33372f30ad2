"""What the product asks for, by ``setup.cfg``; and what ``deploy/constraints.txt`` gives."""

from __future__ import annotations

import configparser
import re
from dataclasses import dataclass
from pathlib import Path

from release.tree import ROOT

CONSTRAINTS = ROOT / "deploy" / "constraints.txt"
NOT_OF_THE_PRODUCT = {"all", "dev", "release"}
_PINNED = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Pin:
    """One distribution at one version; ``hashes`` are the SHA-256 of its files, of any platform."""

    name: str
    version: str
    hashes: tuple[str, ...]


def wanted() -> list[str]:
    """Every requirement of the server with all its extras, but for our own distributions."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    extras = setup["options.extras_require"]
    texts = [setup["options"]["install_requires"]]
    texts += [text for extra, text in extras.items() if extra not in NOT_OF_THE_PRODUCT]
    lines = {line.strip() for text in texts for line in text.splitlines() if line.strip()}
    return sorted(line for line in lines if not line.startswith("shardwright"))


def name_of(requirement: str) -> str:
    """The name in a requirement, as an index spells it."""
    return canonical(re.split(r"[^\w.-]", requirement, maxsplit=1)[0])


def canonical(name: str) -> str:
    """The one spelling of the many that mean the same distribution."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(file: Path = CONSTRAINTS) -> list[Pin]:
    """What the constraints name, in their order. Raises ValueError for a line without a hash."""
    found: list[Pin] = []
    for entry in re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n?", "", file.read_text(encoding="utf-8"))):
        pinned = _PINNED.match(entry)
        if pinned is None:
            if entry.strip():
                raise ValueError(f"{file.name}: {entry.splitlines()[0]!r} pins nothing")
            continue
        hashes = tuple(_HASH.findall(entry))
        if not hashes:
            raise ValueError(f"{file.name}: {pinned[1]} has no hash")
        found.append(Pin(canonical(pinned[1]), pinned[2], hashes))
    return found
