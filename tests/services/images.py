"""Container images made here, for a machine that has no registry: archives as ``docker save`` writes them."""

from __future__ import annotations

import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

BUSYBOX = Path("/bin/busybox")
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def absent() -> str | None:
    """Why no image with a program in it can be made here; None when one can."""
    return None if BUSYBOX.exists() else f"there is no {BUSYBOX} (Debian: apt-get install busybox-static)"


def write_image(
    path: Path,
    name: str,
    *,
    files: Mapping[str, Path] | None = None,
    links: Mapping[str, str] | None = None,
    entrypoint: Sequence[str] = (),
    command: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> None:
    """Write the archive of an image of one layer.

    ``name``: with a tag. ``files``: path in the image and the program on this machine; ``links``: path in the
    image and where it points to. Paths have no leading slash.
    """
    layer = _layer(files or {}, links or {})
    config = {
        "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "config": {
            "Entrypoint": list(entrypoint),
            "Cmd": list(command),
            "Env": [f"{key}={value}" for key, value in (environment or {}).items()],
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
        "history": [{"created_by": "tests"}],
    }
    manifest = [{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]
    with tarfile.open(path, "w") as archive:
        _add(archive, "layer.tar", layer)
        _add(archive, "config.json", json.dumps(config).encode())
        _add(archive, "manifest.json", json.dumps(manifest).encode())


def write_busybox(path: Path, name: str, *, command: Sequence[str]) -> None:
    """An image in which ``/bin/busybox`` is all there is. Requires: ``absent`` is None."""
    write_image(path, name, files={"bin/busybox": BUSYBOX}, command=command)


def write_tree(path: Path, files: Mapping[str, Path], links: Mapping[str, str]) -> None:
    """The tar of a root folder alone, as ``docker import`` takes it."""
    path.write_bytes(_layer(files, links))


def _layer(files: Mapping[str, Path], links: Mapping[str, str]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as layer:
        folder = tarfile.TarInfo("tmp")
        folder.type, folder.mode = tarfile.DIRTYPE, 0o1777
        layer.addfile(folder)
        for name, source in files.items():
            _add(layer, name, source.read_bytes(), 0o755)
        for name, target in links.items():
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, target
            layer.addfile(link)
    return out.getvalue()


def _add(archive: tarfile.TarFile, name: str, content: bytes, mode: int = 0o644) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), mode
    archive.addfile(entry, io.BytesIO(content))
