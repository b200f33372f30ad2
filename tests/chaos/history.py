"""The rules that hold in every state that the store ever had, judged from its transaction log. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.findings import Finding
from tests.chaos.places import DELETED, OWNED, Places, Step
from tests.chaos.txnlog import Change, Transaction

MOST_BYTES = 512 * 1024
MOST_CHANGES = 500
STEPS = {("none", "live"), ("live", "stopping"), ("stopping", "none")}


@dataclass(slots=True)
class Counted:
    """How often the rare things happened, and the greatest that were seen."""

    transactions: int = 0
    writes: int = 0
    offices: int = 0
    nonces: int = 0
    refused: int = 0
    largest: int = 0
    most_changes: int = 0
    largest_document: int = 0


@dataclass(frozen=True, slots=True)
class Moment:
    """``gone``: the id left the store, or was marked as deleted; else it was placed from nowhere."""

    at: float
    kind: str
    id: str
    gone: bool


@dataclass(slots=True)
class StoreJudge:
    """Feed it every transaction in order. ``moments``: when ids came and went."""

    root: str = "/iota/orchestration"
    findings: list[Finding] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    counted: Counted = field(default_factory=Counted)
    documents: dict[str, tuple[bytes, int]] = field(default_factory=dict)
    places: Places = field(default_factory=Places)
    _office: tuple[int, dict[str, Any]] | None = None
    _former: set[int] = field(default_factory=set)
    _at: float = 0.0
    _zxid: int = 0

    def feed(self, transactions: Iterable[Transaction]) -> None:
        for one in transactions:
            self._at, self._zxid = one.at, one.zxid
            self.counted.transactions += 1
            if one.failed:
                self.counted.refused += one.session in self._former
            else:
                self._take(one)

    def _take(self, one: Transaction) -> None:
        # What lasts only as long as a session is nobody's desired state.
        mine = [c for c in one.changes if c.path.startswith(self.root + "/") and not c.ephemeral]
        mine = [c for c in mine if not c.path.startswith(f"{self.root}/_election/")]
        before = {c.path: self.documents.get(c.path) for c in mine}
        for change in mine:
            self._apply(change)
        leader, kinds = f"{self.root}/_leader", f"{self.root}/_kinds/"
        if any(c.path == leader and c.kind in ("create", "set") for c in mine):
            self._takes_office(one.session)
        written = [c for c in mine if c.kind != "check" and c.path != leader]
        if any(c.path.startswith(kinds) for c in written):
            self._weigh(one, mine)
            self._is_fenced(one.session, mine)
        self._lists(written)
        for change in written:
            old, new = before[change.path], self.documents.get(change.path)
            self._document(change.path, _json(old), _json(new))

    def _apply(self, change: Change) -> None:
        known = self.documents.get(change.path)
        if change.kind == "delete":
            self.documents.pop(change.path, None)
        elif change.kind == "create":
            self._require(known is None, "log", f"{change.path} is made twice")
            self.documents[change.path] = (change.body, 0)
        elif change.kind == "set":
            self._require(known is not None, "log", f"{change.path} is set and was never made")
            self.documents[change.path] = (change.body, change.version)

    # --- S6: who may write ---

    def _takes_office(self, session: int) -> None:
        told = json.loads(self.documents[f"{self.root}/_leader"][0])
        known, self._office = self._office, (session, told)
        if known is None:
            self.counted.offices += 1
            return
        holder, old = known
        if not old["holder"] or (told["holder"] and told["epoch"] != old["epoch"]):
            self.counted.offices += 1
            follows = told["epoch"] == old["epoch"] + 1
            self._require(follows, "S6", f"epoch {old['epoch']} became {told['epoch']}")
            self._former.add(holder)
            self._former.discard(session)
            return
        # Its holder changes the nonce, or leaves it vacant.
        self.counted.nonces += bool(told["holder"])
        same = (told["epoch"], told["holder"] or old["holder"]) == (old["epoch"], old["holder"])
        self._require(same, "S6", f"epoch {old['epoch']} of {old['holder']} became {told}")
        self._require(session == holder, "S6", f"a stranger changed the office of {old['holder']}")

    def _is_fenced(self, session: int, changes: list[Change]) -> None:
        self.counted.writes += 1
        leader = f"{self.root}/_leader"
        if self._office is None:
            self._require(False, "S6", "a kind was written before anybody held the office")
            return
        holder, told = self._office
        in_office = session == holder and told["holder"]
        self._require(in_office, "S6", f"another than {told['holder']!r} wrote in epoch {told['epoch']}")
        # The log says of a check which version comes next.
        looked = Change("check", leader, version=self.documents[leader][1] + 1)
        self._require(looked in changes, "S6", "a kind was written without looking who holds the office")

    def _weigh(self, one: Transaction, changes: list[Change]) -> None:
        size = sum(len(c.body) + len(c.path) for c in changes)
        self.counted.largest = max(self.counted.largest, size)
        self.counted.most_changes = max(self.counted.most_changes, len(changes))
        largest = max((len(c.body) for c in changes), default=0)
        self.counted.largest_document = max(self.counted.largest_document, largest)
        self._require(size <= MOST_BYTES, "S18", f"a transaction of {size} bytes, at most {MOST_BYTES}")
        self._require(len(changes) <= MOST_CHANGES, "S18", f"a transaction of {len(changes)} operations")

    # --- S1, S2, S3, S5: what stands where ---

    def _lists(self, written: list[Change]) -> None:
        changed = {}
        touched = set()
        for change in written:
            kind, shard, rest = self._parts(change.path)
            if shard is None:
                continue
            touched.add((kind, shard))
            if rest == "resources" or rest.startswith("resources/"):
                body = self.documents.get(change.path)
                changed[change.path] = (kind, shard, None if body is None else body[0])
        steps, wrong, moved = self.places.apply(changed)
        for text in wrong:
            self._require(False, "S1", text)
        for step in steps:
            self._step(step)
        reloaded = {self._parts(c.path)[:2] for c in written if c.path.endswith("/_reload")}
        for kind, shard in touched:
            path = f"{self.root}/{kind}/{shard}"
            if path not in self.documents:
                continue
            used, owned = _json(self.documents[path])["used"], self.places.owned[kind, shard]
            self._require(used == owned, "S3", f"{path} says {used} ids and has {owned}")
            is_new = any(c.path == path and c.kind == "create" for c in written)
            grown = is_new or (((kind, shard) in reloaded) == ((kind, shard) in moved))
            self._require(grown, "S5", f"the generation of {path} does not go with its ids")

    def _step(self, step: Step) -> None:
        old, new = step.before, step.after
        if old is None:
            self.moments.append(Moment(self._at, step.kind, step.id, gone=False))
        elif old.to == OWNED:
            stays = new is not None and new.shard == old.shard
            self._require(stays, "S1", f"{step.id} of {step.kind} left {old.shard} without being released")
        if (new is None or new.to == DELETED) and not (old is not None and old.to == DELETED):
            self.moments.append(Moment(self._at, step.kind, step.id, gone=True))
        if old is not None and old.to == DELETED and new is not None and new.to != DELETED:
            # Let go of and placed anew in one transaction is a new life elsewhere or there.
            self.moments.append(Moment(self._at, step.kind, step.id, gone=False))

    # --- single documents ---

    def _document(self, path: str, old: Any, new: Any) -> None:
        if old is None or new is None:
            return
        if path.startswith(f"{self.root}/_kinds/"):
            self._require(
                new["commit"] == old["commit"] + 1, "commit", f"{path}: {old['commit']}, {new['commit']}"
            )
            self._require(new["nextIncarnation"] >= old["nextIncarnation"], "incarnation", f"{path} fell")
            self._bounded(path.rsplit("/", 1)[-1], int(new["maxInstances"]))
            return
        _, shard, rest = self._parts(path)
        if shard is None:
            return
        if rest == "_reload":
            self._require(new["times"] == old["times"] + 1, "S5", f"{path}: {old['times']}, {new['times']}")
        elif rest == "":
            step = (old["instance"], new["instance"])
            self._require(step[0] == step[1] or step in STEPS, "incarnation", f"{path} went {step}")
            begins, grown = step == ("none", "live"), new["incarnation"] - old["incarnation"]
            self._require(
                (grown > 0) == begins and grown >= 0, "incarnation", f"{path}: {grown} more, {step}"
            )

    def _bounded(self, kind: str, most: int) -> None:
        prefix = f"{self.root}/{kind}/"
        heads = [
            v for p, v in self.documents.items() if p.startswith(prefix) and p.count("/") == prefix.count("/")
        ]
        active = sum(_json(head)["state"] == "active" for head in heads)
        self._require(active <= most, "S4", f"{active} active shards of {kind}, at most {most}")

    def _parts(self, path: str) -> tuple[str, int | None, str]:
        kind, _, below = path.removeprefix(self.root + "/").partition("/")
        number, _, rest = below.partition("/")
        return kind, int(number) if number.isdecimal() and not kind.startswith("_") else None, rest

    def _require(self, holds: object, rule: str, text: str) -> None:
        if not holds:
            self.findings.append(Finding(rule, self._at, f"{text} (transaction {self._zxid:#x})"))


def _json(document: tuple[bytes, int] | None) -> Any:
    return json.loads(document[0]) if document is not None and document[0] else None
