"""Bases for container images, made of this machine's own Debian packages: Python, with a shell or without."""

from __future__ import annotations

import re
import subprocess
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOTS = ("python3-venv", "libstdc++6")
SHELL = "dash"
LEFT_OUT = frozenset({"debconf", "debconf-2.0", "debianutils", "dpkg", "perl-base", "media-types", "mailcap"})
"""What packages ask for that set others up; here nothing is set up."""

CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
"""Belongs to no package: it is made of what the administrator of the machine trusts."""

MERGED = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
UNREAD = re.compile(r"^usr/share/(doc|man|locale|lintian|info|bug|perl5|pixmaps|applications)/")


def absent() -> str | None:
    """Why no base can be made here; None when one can."""
    try:
        missing = [name for name in ROOTS if name not in _known()]
    except OSError:
        return "this is no Debian: there is no dpkg-query"
    return f"not installed: {', '.join(missing)} (Debian: apt-get install ...)" if missing else None


def write_base(path: Path, *, shell: bool) -> None:
    """Write the tar of the root folder, as ``docker import`` takes it. Requires: ``absent`` is None."""
    roots = [*ROOTS, SHELL] if shell else ROOTS
    with tarfile.open(path, "w") as archive:
        for folder, mode in (("tmp", 0o1777), ("usr", 0o755), ("etc", 0o755)):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, mode
            archive.addfile(entry)
        for name in MERGED:
            if (at := Path("/", name)).is_symlink():
                archive.add(at, name)
        for file in sorted({_real(name) for name in _files(closure(roots))}):
            if not UNREAD.match(name := str(file).lstrip("/")):
                archive.add(file, name, recursive=False)
        if CERTIFICATES.exists():
            archive.add(CERTIFICATES.resolve(), str(CERTIFICATES).lstrip("/"))


def closure(roots: Iterable[str]) -> list[str]:
    """These packages with all that they depend on, so far as it is installed."""
    known, found, waiting = _known(), set[str](), list(roots)
    while waiting:
        name = waiting.pop()
        if name in found or name in LEFT_OUT or name not in known:
            continue
        found.add(name)
        waiting += known[name]
    return sorted(found)


def _known() -> dict[str, list[str]]:
    """Every installed package, and the names that it depends on; of alternatives all."""
    form = "${db:Status-Status}\t${Package}\t${Depends}, ${Pre-Depends}\n"
    said = subprocess.run(
        ["dpkg-query", "--show", f"--showformat={form}"], capture_output=True, text=True, check=True
    )
    rows = (line.split("\t") for line in said.stdout.splitlines())
    return {
        name: [word for part in re.split(r"[,|]", needs) if (word := re.sub(r"[ (:].*", "", part.strip()))]
        for status, name, needs in rows
        if status == "installed"
    }


def _files(packages: list[str]) -> Iterator[Path]:
    said = subprocess.run(
        ["dpkg-query", "--listfiles", *packages], capture_output=True, text=True, check=True
    )
    for line in said.stdout.splitlines():
        path = Path(line)
        if line.startswith("/") and path.name not in MERGED and (path.is_symlink() or path.is_file()):
            yield path


def _real(path: Path) -> Path:
    """Where it is: packages name files below links such as ``/lib``."""
    return path.parent.resolve() / path.name
