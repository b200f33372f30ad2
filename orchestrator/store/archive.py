"""What a store holds of some kinds, as lines of JSON that another store can be filled from. Pure.

The first line names the format, the last one holds the number of the others and their SHA-256.
Between them stand, kind by kind, its state, its pod templates and its shards, each with its list of
ids. How these are cut into documents, and the versions of those, are the other store's own.
"""

from __future__ import annotations

import binascii
import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from orchestrator.core.model import Chunk, KindState, Revision, Shard, id_fault
from orchestrator.core.papers import MAX_PAPER_BYTES, Paper, is_paper_name
from orchestrator.errors import Permanent
from orchestrator.store.codec import (
    decode_chunk,
    decode_head,
    decode_kind,
    decode_revision,
    encode_chunk,
    encode_head,
    encode_kind,
    encode_revision,
)
from orchestrator.store.document import Document, Fields, encode
from orchestrator.store.layout import checked

FORMAT = 1
NAME = "shardwright-export"


@dataclass(frozen=True, slots=True, kw_only=True)
class KindArchive:
    """One kind at one commit. Each shard has all its ids in one chunk; versions mean nothing."""

    state: KindState
    revisions: tuple[Revision, ...]
    shards: Mapping[int, Shard]
    papers: Mapping[str, Paper] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """``digest``: of the lines that it was read from; the same content has the same one."""

    kinds: Mapping[str, KindArchive]
    digest: str

    @property
    def store_id(self) -> str:
        """Of the store that it came from; empty where no kind had one."""
        return next((kind.state.store_id for kind in self.kinds.values() if kind.state.store_id), "")


def write_archive(kinds: Iterable[KindArchive]) -> Iterator[bytes]:
    """The lines, each with its end."""
    digest, count = hashlib.sha256(), 0
    for line in _lines(kinds):
        count += 1
        digest.update(line)
        yield line
    yield _line({"end": {"lines": count, "digest": digest.hexdigest()}})


def read_archive(lines: Iterable[bytes]) -> Archive:
    """Raises Permanent, which names the line, for anything that is not a whole and true export."""
    digest, kinds = hashlib.sha256(), list[_Kind]()
    for number, line in enumerate(lines, 1):
        fields = Fields.of(f"line {number}", line)
        if number == 1:
            _require_format(fields)
        elif (end := fields.inner("end")) is not None:
            _require_whole(end, number - 1, digest.hexdigest())
            found = [kind.whole() for kind in kinds]
            return Archive(kinds={kind.state.kind: kind for kind in found}, digest=digest.hexdigest())
        elif "state" in fields:
            kinds.append(_Kind.begun(fields, json.loads(line), [kind.name for kind in kinds]))
        elif not kinds:
            fields.reject("state", "there before anything else of a kind")
        else:
            kinds[-1].take(fields, json.loads(line))
        digest.update(line)
    raise Permanent("the export has no last line: it was cut off, or is none")


def _lines(kinds: Iterable[KindArchive]) -> Iterator[bytes]:
    yield _line({"is": NAME, "format": FORMAT})
    for kind in kinds:
        yield _line(
            {
                "kind": kind.state.kind,
                "shards": len(kind.shards),
                "state": json.loads(encode_kind(kind.state)),
            }
        )
        for revision in kind.revisions:
            yield _line({"revision": revision.number, **json.loads(encode_revision(revision))})
        for name in sorted(kind.papers):
            yield _line({"paper": name, "body": b64encode(kind.papers[name].body).decode()})
        for number in sorted(kind.shards):
            shard = kind.shards[number]
            lists = json.loads(encode_chunk(_joined(shard.chunks)))
            head = json.loads(encode_head(shard))
            yield _line({"shard": number, "times": shard.generation, "head": head, "lists": lists})


def _line(value: Mapping[str, Any]) -> bytes:
    return encode(value) + b"\n"


def _joined(chunks: Sequence[Chunk]) -> Chunk:
    return Chunk(
        ids=tuple(i for chunk in chunks for i in chunk.ids),
        releasing=tuple(entry for chunk in chunks for entry in chunk.releasing),
    )


def _require_format(fields: Fields) -> None:
    if "is" not in fields or fields.text("is") != NAME:
        raise Permanent(f"{fields.path}: this is no export of shardwright")
    if fields.integer("format") != FORMAT:
        raise Permanent(
            f"{fields.path}: the export has format {fields.integer('format')}, this version reads {FORMAT}"
        )


def _require_whole(end: Fields, lines: int, digest: str) -> None:
    if end.integer("lines") != lines:
        raise Permanent(f"the export should have {end.integer('lines')} lines before its last, not {lines}")
    if end.text("digest") != digest:
        raise Permanent("the export was changed: its digest is not the one in its last line")


class _Kind:
    """A kind while its lines are read."""

    def __init__(self, state: KindState, shards: int) -> None:
        self.name = state.kind
        self._state = state
        self._expected = shards
        self._revisions: dict[int, Revision] = {}
        self._shards: dict[int, Shard] = {}
        self._papers: dict[str, Paper] = {}
        self._ids: set[str] = set()

    @classmethod
    def begun(cls, fields: Fields, line: Any, known: Sequence[str]) -> _Kind:
        name = checked(fields.text("kind"))
        if name in known:
            raise Permanent(f"{fields.path}: {name} has begun already")
        state = decode_kind(name, fields.path, _document(line["state"]))
        return cls(state, fields.integer("shards"))

    def take(self, fields: Fields, line: Any) -> None:
        if "revision" in fields:
            number = fields.integer("revision")
            self._revisions[number] = decode_revision(self.name, number, fields.path, _document(line))
            return
        if "paper" in fields:
            self._take_paper(fields)
            return
        number = fields.integer("shard")
        if number in self._shards:
            raise Permanent(f"{fields.path}: shard {number} of {self.name} stands there twice")
        lists = fields.inner("lists")
        if lists is None:
            fields.reject("lists", "an object")
        chunk = decode_chunk(lists, 0)
        self._require_new(fields.path, chunk)
        head = decode_head(number, fields.path, _document(line.get("head")))
        self._shards[number] = replace(head, generation=fields.integer("times"), chunks=(chunk,))

    def _take_paper(self, fields: Fields) -> None:
        name = fields.text("paper")
        try:
            body = b64decode(fields.text("body"), validate=True)
        except binascii.Error:
            fields.reject("body", "base64")
        if not is_paper_name(name) or len(body) > MAX_PAPER_BYTES:
            fields.reject("paper", f"a name of small letters and digits, of at most {MAX_PAPER_BYTES} bytes")
        self._papers[name] = Paper(name=name, body=body)

    def whole(self) -> KindArchive:
        if len(self._shards) != self._expected:
            raise Permanent(f"{self.name} has {len(self._shards)} shards, it should have {self._expected}")
        revisions = tuple(self._revisions[number] for number in sorted(self._revisions))
        return KindArchive(state=self._state, revisions=revisions, shards=self._shards, papers=self._papers)

    def _require_new(self, path: str, chunk: Chunk) -> None:
        for resource_id in chunk.all_ids():
            if resource_id in self._ids:
                raise Permanent(f"{path}: {resource_id!r} of {self.name} stands in two places")
            if fault := id_fault(resource_id):
                raise Permanent(f"{path}: {resource_id!r} cannot be placed: {fault}")
            self._ids.add(resource_id)


def _document(value: Any) -> Document:
    return Document(encode(value) if isinstance(value, dict) else b"null", 0)
