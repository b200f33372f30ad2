"""Both judges on what a world left behind: the store's log, the ledgers, the catalog's own notes."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from tests.chaos.findings import Finding
from tests.chaos.history import StoreJudge
from tests.chaos.service import lives, strange, twice
from tests.chaos.sight import Sight
from tests.chaos.txnlog import merged
from tests.services.zookeeper_client import operator


@dataclass
class Judgement:
    """``judge``: what it counted, and the store as its log says it is."""

    judge: StoreJudge
    findings: list[Finding] = field(default_factory=list)
    transactions: int = 0
    holds: int = 0
    processes: int = 0


def judged(sight: Sight) -> Judgement:
    """Requires: the world is at rest, so that log and store can be compared."""
    world = sight.world
    transactions, differ = merged(world.store_folders)
    judge = StoreJudge()
    judge.feed(transactions)
    spans = lives(world.catalog.changes())
    findings = [Finding("log", 0.0, text) for text in differ]
    findings += judge.findings
    findings += strange(judge.moments, spans)
    holds = sight.holds()
    findings += twice(holds)
    findings += [Finding("log", time.time(), text) for text in _differences(sight, judge)]
    processes = {hold.process for hold in holds}
    return Judgement(judge, findings, len(transactions), len(holds), len(processes))


def _differences(sight: Sight, judge: StoreJudge) -> list[str]:
    """The tree that the log leads to is the tree that a client reads: nothing was overlooked."""
    found = []
    with operator(sight.world.zookeeper.address) as client:
        client.sync(judge.root)
        # Whose nodes last as long as their sessions.
        sessions = f"{judge.root}/_election"
        names = (f"{judge.root}/{name}" for name in client.get_children(judge.root))
        waiting = [path for path in names if path != sessions]
        seen = set()
        while waiting:
            path = waiting.pop()
            body, _ = client.get(path)
            seen.add(path)
            known = judge.documents.get(path)
            if known is None or known[0] != body:
                found.append(f"{path} is not as the log says")
            waiting += [f"{path}/{name}" for name in client.get_children(path)]
    gone = judge.documents.keys() - seen - {judge.root, sessions}
    return found + [f"{path} is in the log only" for path in sorted(gone)]
