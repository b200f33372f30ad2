"""What the ledger of coverage costs: the work of a beat, of a commit and of a message, with it and without.

``python -m bench.coverage`` prints a table; without the ledger, a stand-in takes its calls and does nothing.
"""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from orchestrator.core.decisions import Plan, Reason
from orchestrator.core.model import Chunk, Instance, KindState, Shard
from orchestrator.core.view import View
from orchestrator.engine.exchange import Exchange
from orchestrator.engine.intake import Intake
from orchestrator.engine.recorder import Recorder
from orchestrator.engine.setup import KindSetup
from orchestrator.engine.tenure import Tenure
from orchestrator.ports import Beat, Notification, Witness

SHARDS = 100
EACH = 5_000
SHARDS_WRITTEN = 4
ROUNDS = 15


class _Clock:
    def monotonic(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time()


class _Nothing:
    """Takes any call, and does nothing."""

    alarms = ()

    def __getattr__(self, name: str) -> Any:
        return self if name == "catalog" else _ignore


def _ignore(*_: object) -> None:
    return None


def _tenure() -> Tenure:
    shards: dict[int, Shard] = {}
    for number in range(SHARDS):
        ids = [f"{number:03}-{at:05}-3f2b-4c1d" for at in range(EACH)]
        chunks = tuple(Chunk(ids=tuple(ids[at : at + 128])) for at in range(0, EACH, 128))
        shards[number] = Shard(
            number=number,
            capacity=(2 * EACH,),
            generation=1,
            incarnation=number + 1,
            instance=Instance.LIVE,
            chunks=chunks,
        )
    doors: dict[str, Any] = dict.fromkeys(("catalog", "runtime"))
    channel: Any = SimpleNamespace(proven=time.monotonic)
    setup = KindSetup(
        kind="Thing", table="Thing", instance_name="thing", template="", heartbeats=channel, **doors
    )
    view = View.of(KindState(kind="Thing", next_incarnation=SHARDS + 1), shards)
    nothing: Any = None
    counters: Counter[str] = Counter()
    recorder = Recorder(nothing, nothing, _Clock(), counters)
    around: Any = SimpleNamespace(clock=_Clock(), name=lambda prefix: prefix, lease=15.0, away_limit=60.0)
    leadership: Any = SimpleNamespace(since=time.monotonic(), holds=lambda: True)
    tenure = Tenure(setup, around, nothing, leadership, recorder, view)
    # The journal's part is measured elsewhere.
    tenure.record = _Nothing()  # type: ignore[assignment]
    return tenure


def _beats(tenure: Tenure) -> Callable[[], int]:
    exchange = Exchange(tenure)

    def work() -> int:
        for number, shard in tenure.view.shards.items():
            exchange._hear(shard, _beat(number, shard.incarnation, shard.generation))
        return SHARDS

    return work


def _beat(number: int, incarnation: int, generation: int) -> Beat:
    return Beat(
        kind="Thing",
        shard=number,
        received=time.monotonic(),
        incarnation=incarnation,
        generation=generation,
        pending=frozenset(),
        load={"held": EACH, "acquiring": 0},
    )


def _commits(tenure: Tenure, batch: int) -> Callable[[], int]:
    """Ids are placed, acknowledged and deleted again."""
    exchange, made = Exchange(tenure), iter(range(10**9))

    def take(plan: Plan) -> None:
        for transaction in plan.transactions:
            tenure._take_over(transaction, "")
            for change in transaction.changes:
                shard = tenure.view.shards[change.number]
                exchange._hear(shard, _beat(shard.number, shard.incarnation, shard.generation))

    def work() -> int:
        for number in range(SHARDS_WRITTEN):
            ids = [f"new-{next(made):09}" for _ in range(batch)]
            draft = tenure.draft()
            draft.assign(number, ids, Reason.CREATED)
            take(draft.plan())
            draft = tenure.draft()
            draft.release(number, ids, None, Reason.DELETED)
            take(draft.plan())
            draft = tenure.draft()
            draft.settle(number, ids, None, Reason.DROPPED)
            take(draft.plan())
        return SHARDS_WRITTEN * batch

    return work


def _messages(tenure: Tenure) -> Callable[[], int]:
    nothing: Any = None
    steward: Any = SimpleNamespace(tenure=tenure, resync=SimpleNamespace(request=_ignore))
    intake = Intake(nothing, {"Thing": steward}, Counter())
    made = iter(range(10**9))

    def work() -> int:
        messages = [
            Notification(table="Thing", witness=Witness.CREATED, ids=(f"m-{next(made):09}",), stamp=1.0)
            for _ in range(200)
        ]
        messages += [
            Notification(table="Thing", witness=Witness.DELETED, ids=one.ids, stamp=1.0) for one in messages
        ]
        intake._take(messages)
        tenure.inbox.take()
        return len(messages)

    return work


def _fastest(tenure: Tenure, begin: Callable[[Tenure], Callable[[], int]]) -> tuple[float, float]:
    """Microseconds a piece, with the ledger and without; taken in turns, so that both meet the same noise."""
    work, real, nothing = begin(tenure), tenure.coverage, _Nothing()
    best = {True: float("inf"), False: float("inf")}
    for turn in range(2 * ROUNDS):
        is_real = turn % 2 == 0
        tenure.coverage = real if is_real else nothing  # type: ignore[assignment]
        gc.collect()
        began = time.thread_time()
        pieces = work()
        best[is_real] = min(best[is_real], (time.thread_time() - began) / pieces * 1e6)
    tenure.coverage = real
    return best[True], best[False]


def main() -> None:
    tenure = _tenure()
    _beats(tenure)()
    print(f"{SHARDS * EACH:,} ids on {SHARDS} shards; microseconds of the processor each, best of {ROUNDS}")
    print(f"{'':<34}{'with':>9}{'without':>9}{'ratio':>7}")
    for name, begin in (
        ("a beat", _beats),
        ("an id in a commit of 1", lambda one: _commits(one, 1)),
        ("an id in a commit of 100", lambda one: _commits(one, 100)),
        ("an id in a commit of 2,000", lambda one: _commits(one, 2_000)),
        ("a message that names an id", _messages),
    ):
        real, without = _fastest(tenure, begin)
        print(f"{name:<34}{real:>9.2f}{without:>9.2f}{real / without:>7.2f}")
    began = time.thread_time()
    tenure.coverage.sweep()
    print(f"{'a sweep, once a second':<34}{(time.thread_time() - began) * 1e6:>9.0f}")
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    kept = type(tenure.coverage)(tenure.setup, _Clock(), tenure.roster, lambda: tenure.view)
    print(f"memory of a ledger where all is well: {tracemalloc.get_traced_memory()[0] - before:,} bytes")
    del kept


if __name__ == "__main__":
    main()
