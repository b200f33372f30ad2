"""What 100,000 resources take in the engine's view, against plain strings with a dict and lists."""

from __future__ import annotations

import gc
import json
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench import table
from bench.child import measured
from bench.figure import Figure, middle_of
from bench.options import Options
from orchestrator.core.model import Chunk, KindState, Shard
from orchestrator.core.policy import KindPolicy
from orchestrator.core.view import View

GOAL = 1.2
PACKED_GOAL = 0.7
"""Of ids that are kept as 16 bytes rather than as text."""

SHARDS = 100


def scenario(options: Options) -> list[Figure]:
    figures = []
    for count in (100_000, options.resources) if options.resources > 100_000 else (100_000,):
        plain = [measured("bench.memory", "plain", count=count) for _ in range(options.runs)]
        ours = [measured("bench.memory", "viewed", count=count) for _ in range(options.runs)]
        for key in ("rss", "allocated"):
            parts = [middle_of(runs, key) / count * 100_000 / 1e6 for runs in (ours, plain)]
            figures.append(
                Figure(
                    name=f"memory_{key}_ratio_{count // 1000}k",
                    values=[one[key] / other[key] for one, other in zip(ours, plain, strict=True)],
                    goal=options.goal(GOAL, fixed=True),
                    made_of=f"{parts[0]:.1f} MB / {parts[1]:.1f} MB a 100,000",
                )
            )
    packed = replace(
        figures[-2], name=f"{figures[-2].name}_packed", goal=options.goal(PACKED_GOAL, fixed=True)
    )
    return [*figures, packed]


def plain(count: int) -> dict[str, Any]:
    return _grown(lambda texts: _plain(texts), count)


def viewed(count: int) -> dict[str, Any]:
    return _grown(lambda texts: _viewed(texts), count)


def _grown(build: Any, count: int) -> dict[str, Any]:
    """Built twice: for the memory of the process, and for what Python allocated, as counting takes memory."""
    texts = _texts(count)
    build(_texts(1000))
    gc.collect()
    before = _rss()
    kept = build(texts)
    gc.collect()
    rss = _rss() - before
    del kept
    gc.collect()
    tracemalloc.start()
    kept = build(texts)
    gc.collect()
    allocated, _ = tracemalloc.get_traced_memory()
    del kept
    return {"rss": rss, "allocated": allocated}


def _texts(count: int) -> list[bytes]:
    """One JSON list a chunk, so that both sides make their own strings from the same bytes."""
    rows = table.ids(count)
    size = KindPolicy().chunk_size
    return [json.dumps(rows[start : start + size]).encode() for start in range(0, count, size)]


def _plain(texts: list[bytes]) -> Any:
    lists: list[list[str]] = [[] for _ in range(SHARDS)]
    owners: dict[str, int] = {}
    for number, text in enumerate(texts):
        rows = json.loads(text)
        lists[number % SHARDS].extend(rows)
        owners.update(dict.fromkeys(rows, number % SHARDS))
    return owners, lists


def _viewed(texts: list[bytes]) -> Any:
    chunks: list[list[Chunk]] = [[] for _ in range(SHARDS)]
    for number, text in enumerate(texts):
        chunks[number % SHARDS].append(Chunk(ids=tuple(json.loads(text))))
    shards = {
        number: Shard(number=number, capacity=(10_000,), chunks=tuple(own))
        for number, own in enumerate(chunks)
    }
    del chunks
    return View.of(KindState(kind=table.KIND, shards=SHARDS), shards)


def _rss() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096
