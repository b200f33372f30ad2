"""Where each document of a store stands: the znode tree of README, store layout, as paths."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.errors import Permanent

ROOT = "/iota/orchestration"


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths under one root. Raises Permanent for a kind whose name cannot be a path."""

    root: str = ROOT

    @property
    def leader(self) -> str:
        return f"{self.root}/_leader"

    @property
    def layout(self) -> str:
        """Says which layout the store has, in the sense of ``migration``: the form of its documents."""
        return f"{self.root}/_layout"

    @property
    def election(self) -> str:
        """The parent of the candidates' ephemeral nodes; only a store with sessions has it."""
        return f"{self.root}/_election"

    @property
    def kinds(self) -> str:
        return f"{self.root}/_kinds"

    def kind(self, kind: str) -> str:
        """The desired state of a kind."""
        return f"{self.kinds}/{checked(kind)}"

    def revision(self, kind: str, number: int) -> str:
        return f"{self.revisions(kind)}/{number}"

    def revisions(self, kind: str) -> str:
        """The parent of the revisions of a kind."""
        return f"{self.root}/_revisions/{checked(kind)}"

    def papers(self, kind: str) -> str:
        """The parent of the papers of a kind."""
        return f"{self.root}/_papers/{checked(kind)}"

    def paper(self, kind: str, name: str) -> str:
        return f"{self.papers(kind)}/{name}"

    def shards(self, kind: str) -> str:
        """The parent of the shards of a kind."""
        return f"{self.root}/{checked(kind)}"

    def shard(self, kind: str, number: int) -> str:
        return f"{self.shards(kind)}/{number}"

    def is_of(self, kind: str, path: str) -> bool:
        """Whether a document is of the kind, and in the store's layout: its papers are not."""
        return path == self.kind(kind) or path.startswith(
            (self.shards(kind) + "/", self.revisions(kind) + "/")
        )

    def containers(self, kind: str) -> tuple[str, ...]:
        """Parents that hold nothing themselves; a store of trees has them made, parents first."""
        return (self.election, self.kinds, self.revisions(kind), self.papers(kind), self.shards(kind))


def reload_of(shard: str) -> str:
    """The generation of the shard that stands at this path."""
    return f"{shard}/_reload"


def resources_of(shard: str) -> str:
    return f"{shard}/resources"


def chunk_of(shard: str, number: int) -> str:
    return f"{shard}/resources/{number}"


def scratch_of(shard: str) -> str:
    """A node that workers of the seed may use as they like."""
    return f"{shard}/tmp"


def is_scratch(path: str) -> bool:
    return path.endswith("/tmp")


def checked(kind: str) -> str:
    """The name of a kind, when it can stand in a path beside our own nodes."""
    if not kind or kind in {".", ".."} or kind.startswith("_") or "/" in kind or not kind.isprintable():
        raise Permanent(
            f"{kind!r} cannot be the name of a kind: it must be printable, without '/', not begin with '_'"
        )
    return kind


def number_in(name: str, path: str) -> int:
    """The number that a node is named by. Raises Permanent when the name is none."""
    if name.isascii() and name.isdigit() and (name == "0" or name[0] != "0"):
        return int(name)
    raise Permanent(f"{path}: {name!r} is not a number in plain decimal digits")
