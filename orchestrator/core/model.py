"""The values that everything speaks of: kinds, shards, chunks and the ids in them.

Immutable: a change is a new value that shares what it did not touch, so a planner may keep
and compare views without copying ids, and a store can see by identity what to write.
``version`` fields are those of the stored documents (a new document has 0, each set adds 1);
a value that is planned but not yet committed carries the versions it will have.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

Vector = tuple[int, ...]
"""Weights or capacities by dimension; the first dimension is always the count of ids."""

ONE: Vector = (1,)
"""The weight of an id of which the catalog says nothing else."""

Labels = tuple[tuple[str, str], ...]
"""Names and values, sorted by name; each name once."""

MAX_ID_BYTES = 512
"""The longest id that is placed, in bytes of UTF-8: 128 of them still fit a document."""


class Protocol(StrEnum):
    """What the workers of a kind can do (docs/glossary.md)."""

    SEED = "seed"
    V1 = "v1"


class Instance(StrEnum):
    """Where the instance of a shard stands, as the store holds it."""

    NONE = "none"
    LIVE = "live"
    STOPPING = "stopping"


class ShardState(StrEnum):
    ACTIVE = "active"
    DRAINING = "draining"


@dataclass(frozen=True, slots=True, kw_only=True)
class Releasing:
    """Ids that their owner must let go of.

    ``generation`` is the shard's generation that took them out of ``ids``; ``to`` the shard where
    room is reserved for them, None when they were deleted from the catalog.
    """

    generation: int
    to: int | None
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """At most 128 ids of a shard (releasing ones counted) under ``v1``; all of them under ``seed``."""

    ids: tuple[str, ...] = ()
    releasing: tuple[Releasing, ...] = ()
    version: int = 0

    @property
    def size(self) -> int:
        return len(self.ids) + sum(len(entry.ids) for entry in self.releasing)

    def all_ids(self) -> Iterator[str]:
        yield from self.ids
        for entry in self.releasing:
            yield from entry.ids


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardVersions:
    """Versions of the documents of a shard other than its chunks."""

    head: int = 0
    reload: int = 0
    resources: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """A durable numbered slot of a kind, with a capacity and the ids assigned to it.

    ``bounds``: what a person set of its capacity, by dimension; an orchestration changes the rest only.
    ``beyond``: what its document holds that this version does not know, as JSON; it is written back as it is.
    """

    number: int
    capacity: Vector
    labels: Labels = ()
    bounds: tuple[tuple[str, int], ...] = ()
    generation: int = 0
    incarnation: int = 0
    instance: Instance = Instance.NONE
    revision: int = 1
    state: ShardState = ShardState.ACTIVE
    op: str = ""
    chunks: tuple[Chunk, ...] = ()
    versions: ShardVersions = field(default_factory=ShardVersions)
    beyond: str = ""

    @property
    def used(self) -> int:
        """How many ids the shard owns (releasing ones are not counted)."""
        return sum(len(chunk.ids) for chunk in self.chunks)

    @property
    def releasing(self) -> int:
        """How many ids the shard has yet to let go of."""
        return sum(len(entry.ids) for chunk in self.chunks for entry in chunk.releasing)

    @property
    def is_active(self) -> bool:
        return self.state is ShardState.ACTIVE

    @property
    def is_empty(self) -> bool:
        return all(not chunk.ids and not chunk.releasing for chunk in self.chunks)

    def ids(self) -> Iterator[str]:
        """The ids that the shard owns, in the order of its chunks."""
        for chunk in self.chunks:
            yield from chunk.ids

    def entries(self) -> Iterator[tuple[int, Releasing]]:
        """Each releasing entry with the number of its chunk."""
        for number, chunk in enumerate(self.chunks):
            for entry in chunk.releasing:
                yield number, entry


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovalBudget:
    """What removals without a second witness were spent since ``since`` (wall clock, seconds)."""

    since: float = 0.0
    spent: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebalance:
    """An orchestration under way, as a successor needs it to go on.

    ``gives``: the ids that a shard keeps when it is done, for each that gives some away (0 for a
    draining one); ``takes``: the ids that a shard has when it is done, for each that receives some.
    The two name no shard in common, so an id moves at most once. ``is_planned``: False while only the
    transactions that lead up to the goal are written. ``bound``, where it is not zero, is the goal instead:
    the level that no shard is to exceed, in millionths of its capacity; ``left``: how many moves may yet
    be begun for it. ``takes`` then says of each shard that came the level that it is to have at least.
    """

    id: str
    gives: tuple[tuple[int, int], ...] = ()
    takes: tuple[tuple[int, int], ...] = ()
    is_planned: bool = True
    bound: int = 0
    left: int = 0


UNFINISHED = "import-"
"""Begins the id of the store that a kind belongs to while an import writes it."""

REPLACED = f"{UNFINISHED}replaced"
"""The store of a kind that is being taken away, so that another is written in its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KindState:
    """The desired state of a kind, and ``commit``, which every transaction of the kind increases.

    ``place``: where its instances run, as the runtime words it; empty: nobody has said so yet. ``beyond``: as
    that of a shard.
    """

    kind: str
    commit: int = 0
    shards: int = 0
    resource_per_instance: int = 5000
    max_instances: int = 100
    revision: int = 1
    paused: bool = False
    next_incarnation: int = 1
    removal_budget: RemovalBudget = field(default_factory=RemovalBudget)
    rebalance: Rebalance | None = None
    store_id: str = ""
    place: str = ""
    version: int = 0
    beyond: str = ""

    @property
    def is_unfinished(self) -> bool:
        """Whether an import has yet to write the rest of the kind."""
        return self.store_id.startswith(UNFINISHED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """An immutable, numbered pod template of a kind: the text of the YAML and its digest."""

    kind: str
    number: int
    digest: str
    template: str


_PRINTABLE = bytes(range(ord(" "), ord("~") + 1))


def are_plain(ids: Sequence[str]) -> bool:
    """Whether all of these are printable ASCII of a length that can be placed: then none has a fault."""
    text = "".join(ids)
    if not text.isascii() or text.encode().translate(None, delete=_PRINTABLE):
        return False
    lengths = set(map(len, ids))
    return not lengths or (min(lengths) > 0 and max(lengths) <= MAX_ID_BYTES)


def id_fault(resource_id: str) -> str | None:
    """Say why an id cannot be placed, or None when it can.

    An id is 1 to ``MAX_ID_BYTES`` bytes of UTF-8 without control characters or lone surrogates.
    """
    if not resource_id:
        return "the id is empty"
    try:
        size = len(resource_id) if resource_id.isascii() else len(resource_id.encode())
    except UnicodeEncodeError:
        return "the id is not valid Unicode text"
    if size > MAX_ID_BYTES:
        return f"the id has {size} bytes, at most {MAX_ID_BYTES} are allowed"
    if not resource_id.isprintable() and any(ord(c) < 32 or 127 <= ord(c) < 160 for c in resource_id):
        return "the id contains a control character"
    return None
