"""Taking, proving and giving up the office, as operations on the leader document. Pure.

A store with sessions puts the check of its own candidacy before ``taking`` and ``fencing``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from orchestrator.core.decisions import Deposed
from orchestrator.ports import Held, Office
from orchestrator.store.document import Document, Fields, encode
from orchestrator.store.operations import Create, Operation, Set


class Nonces:
    """Marks by which one store object knows its own writes again; ``prefix`` must be its alone."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix + "-"
        self._count = 0

    def next(self) -> str:
        self._count += 1
        return f"{self._prefix}{self._count}"

    def owns(self, nonce: str) -> bool:
        return nonce.startswith(self._prefix)


@dataclass(frozen=True, slots=True)
class Leader:
    """The leader document. ``holder`` empty: the office was given up."""

    epoch: int
    holder: str
    url: str
    nonce: str
    version: int

    @property
    def held(self) -> Held:
        return Held(holder=self.holder, url=self.url, epoch=self.epoch)


def decode_leader(path: str, document: Document | None) -> Leader | None:
    """None when nobody ever held the office. Raises Permanent."""
    if document is None:
        return None
    fields = Fields.of(path, document.body)
    return Leader(
        epoch=fields.integer("epoch"),
        holder=fields.text("holder"),
        url=fields.text("url", ""),
        nonce=fields.text("nonce"),
        version=document.version,
    )


def taking(path: str, found: Leader | None, holder: str, url: str, nonce: str) -> tuple[Operation, Office]:
    """The write that takes the office over from what was found, and what it will prove."""
    if found is None:
        office = Office(epoch=1, holder=holder, url=url, nonce=nonce, version=0)
        return Create(path, _encode(office)), office
    office = Office(epoch=found.epoch + 1, holder=holder, url=url, nonce=nonce, version=found.version + 1)
    return Set(path, _encode(office), found.version), office


def fencing(
    path: str, found: Leader | None, office: Office, owns: Callable[[str], bool], nonce: str
) -> tuple[Operation, Office] | Office | Deposed:
    """The write that makes every transaction under ``office`` fail from now on.

    Answers the new Office at once where an earlier such write of this store, whose reply was lost,
    turns out to have happened; Deposed where the document is another's.
    """
    if found is None:
        return Deposed(detail=f"{path} is gone")
    same = (found.holder, found.epoch) == (office.holder, office.epoch)
    if same and (found.nonce, found.version) == (office.nonce, office.version):
        renewed = replace(office, nonce=nonce, version=found.version + 1)
        return Set(path, _encode(renewed), found.version), renewed
    if same and found.version > office.version and owns(found.nonce):
        return replace(office, nonce=found.nonce, version=found.version)
    holder = f"{found.holder!r} holds the office" if found.holder else "the office was given up"
    return Deposed(detail=f"{holder} at epoch {found.epoch}; ours is epoch {office.epoch}")


def was_taken(doubtful: Office, candidacy: str, found: Leader | None, own: str) -> bool:
    """Whether the taking of this office, of which no answer came, has happened and stands.

    ``candidacy``: the one under which it was sent; ``own``: the one that is held now.
    """
    return found is not None and (doubtful.nonce, candidacy) == (found.nonce, own)


def vacating(path: str, office: Office, nonce: str) -> Operation:
    """The write that gives the office up, refused when it is no longer ours."""
    return Set(path, _encode(replace(office, holder="", url="", nonce=nonce)), office.version)


def _encode(office: Office) -> bytes:
    return encode({"epoch": office.epoch, "holder": office.holder, "url": office.url, "nonce": office.nonce})
