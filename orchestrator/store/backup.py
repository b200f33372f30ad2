"""One file with all that an installation knows: its parts as lines, and what proves that they are whole.

It is a compressed tar archive: ``manifest.json``, a file of lines for each part, and last ``SHA256SUMS``, as
``sha256sum --check`` reads it. So what was cut off has no sums, and what was changed has others.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Final

from orchestrator.errors import Permanent
from orchestrator.store.document import Fields, encode

FORMAT: Final = 1
NAME: Final = "shardwright-backup"
SUMS: Final = "SHA256SUMS"
MANIFEST: Final = "manifest.json"
COMPRESSION: Final = 3
"""Of 9: half a million ids take a fifth of their size, in a second."""

_MOST_MANIFEST: Final = 1024 * 1024
_DAMAGED: Final = (tarfile.TarError, zlib.error, gzip.BadGzipFile, UnicodeDecodeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """``at``: wall-clock seconds when it was begun; ``parts``: how many lines each has.

    ``version``: of the program that wrote it.
    """

    at: float
    version: str
    parts: Mapping[str, int]


def write_backup(
    path: Path, parts: Iterable[tuple[str, Iterable[bytes]]], *, at: float, version: str
) -> Manifest:
    """Write a file that is not there yet, whole or not at all, for its owner's eyes only.

    ``parts``: each with its lines, which are taken in turn; one without lines is left out. Raises OSError,
    and what the parts raise.
    """
    with ExitStack() as stack:
        spooled: dict[str, IO[bytes]] = {}
        counts: dict[str, int] = {}
        for name, lines in parts:
            # Without a name in the folder, so that nothing of it is left whatever happens.
            spool = stack.enter_context(TemporaryFile(dir=path.parent))
            if count := _spooled(spool, lines):
                counts[name], spooled[_file_of(name)] = count, spool
        manifest = Manifest(at=at, version=version, parts=counts)
        with _created(path) as out:
            _write_archive(out, {MANIFEST: io.BytesIO(_written(manifest)), **spooled}, at)
    return manifest


class Backup:
    """A file that was found whole, and is not read into memory. Made by ``open``."""

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest

    @classmethod
    def open(cls, path: Path) -> Backup:
        """Read it once to its end. Raises Permanent, a sentence, for what is no whole and true backup of a
        format that is known here; OSError."""
        sums: dict[str, str] = {}
        said, body = None, b""
        for name, content in _members(path):
            if name == SUMS:
                said = content.read(_MOST_MANIFEST).decode("ascii", "replace")
                continue
            if name in sums or said is not None:
                raise Permanent(f"{path} was changed: {name} stands where nothing of that name belongs")
            digest = hashlib.sha256()
            while block := content.read(_MOST_MANIFEST):
                digest.update(block)
                body = block if name == MANIFEST else body
            sums[name] = digest.hexdigest()
        if MANIFEST not in sums:
            raise Permanent(f"{path} is no backup of shardwright")
        manifest = _manifest_of(path, body)
        if said is None:
            raise Permanent(f"{path} was cut off: it does not end with its checksums")
        if said != _sums(sums):
            raise Permanent(f"{path} was changed: its checksums are others than those at its end")
        if {MANIFEST, *map(_file_of, manifest.parts)} != sums.keys():
            raise Permanent(f"{path} does not hold the parts that its manifest names")
        return cls(path, manifest)

    def lines(self, part: str) -> Iterator[bytes]:
        """Of a part that is there, each with its end. Raises Permanent, OSError."""
        for name, content in _members(self.path):
            if name == _file_of(part):
                yield from content
                return
        raise Permanent(f"{self.path} holds no {part}")


def _file_of(part: str) -> str:
    return f"{part}.jsonl"


def _spooled(spool: IO[bytes], lines: Iterable[bytes]) -> int:
    count = 0
    for line in lines:
        count += 1
        spool.write(line)
    spool.flush()
    return count


@contextmanager
def _created(path: Path) -> Iterator[IO[bytes]]:
    """A file under another name, which gets this one once all of it is on the disk."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        # Unlike a renaming it refuses to take the place of another backup.
        os.link(draft, path)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _write_archive(out: IO[bytes], members: Mapping[str, IO[bytes]], at: float) -> None:
    sums: dict[str, str] = {}
    with (
        gzip.GzipFile(fileobj=out, mode="wb", compresslevel=COMPRESSION, mtime=at, filename="") as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name, content in members.items():
            content.seek(0)
            sums[name] = hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]
            _add(archive, name, content, at)
        _add(archive, SUMS, io.BytesIO(_sums(sums).encode()), at)


def _add(archive: tarfile.TarFile, name: str, content: IO[bytes], at: float) -> None:
    member = tarfile.TarInfo(name)
    member.size = content.seek(0, io.SEEK_END)
    member.mode, member.mtime = 0o600, int(at)
    content.seek(0)
    archive.addfile(member, content)


def _members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Each file in the archive, to be read before the next one. Raises Permanent, OSError."""
    is_begun = False
    try:
        # Not tarfile's own way to read gzip, which stumbles over a header that was cut off.
        with gzip.open(path) as packed, tarfile.open(fileobj=packed, mode="r|") as archive:
            for member in archive:
                is_begun = True
                content = archive.extractfile(member) if member.isfile() else None
                if content is None:
                    raise Permanent(f"{path} holds {member.name!r}, which is no file")
                yield member.name, content
    except EOFError as exc:
        raise Permanent(f"{path} was cut off: {exc}") from exc
    except _DAMAGED as exc:
        if is_begun:
            raise Permanent(f"{path} was cut off or changed: {exc}") from exc
        raise Permanent(f"{path} is no backup of shardwright: {exc}") from exc


def _sums(sums: Mapping[str, str]) -> str:
    return "".join(f"{digest}  {name}\n" for name, digest in sums.items())


def _written(manifest: Manifest) -> bytes:
    members: dict[str, Any] = {
        "is": NAME,
        "format": FORMAT,
        "version": manifest.version,
        "at": manifest.at,
        "parts": dict(manifest.parts),
    }
    return encode(members) + b"\n"


def _manifest_of(path: Path, body: bytes) -> Manifest:
    try:
        fields = Fields(f"{path} ({MANIFEST})", json.loads(body))
    except (ValueError, RecursionError) as exc:
        raise Permanent(f"{path} is no backup of shardwright: its manifest is not JSON") from exc
    if "is" not in fields or fields.text("is") != NAME:
        raise Permanent(f"{path} is no backup of shardwright")
    if (found := fields.integer("format")) != FORMAT:
        wrote = fields.text("version", "another version")
        raise Permanent(
            f"{path} has format {found}, written by {wrote}; this version reads {FORMAT}: use that version"
        )
    return Manifest(
        at=fields.number("at", 0.0),
        version=fields.text("version"),
        parts=dict(fields.bounds("parts")),
    )
