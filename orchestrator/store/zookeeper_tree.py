"""All documents of a kind, as they stood together at one moment. Blocks: for a thread."""

from __future__ import annotations

import time
from typing import Any

from orchestrator.errors import Unavailable
from orchestrator.store.document import Document
from orchestrator.store.layout import Layout, reload_of, resources_of
from orchestrator.store.zookeeper_multiread import get_all, names_all
from orchestrator.store.zookeeper_pipeline import Pipeline

TRIES = 8
PAUSE_S = 0.02


def read_kind(pipeline: Pipeline, layout: Layout, kind: str) -> dict[str, Document]:
    """By path: ``_kinds/{kind}``, its papers and all below ``{kind}``, as far as they have a meaning.

    Every transaction of a kind writes its state, so what was read between two reads of the same
    state stood there together. Raises Unavailable when it was changed each time, Permanent.
    """
    state, previous = layout.kind(kind), None
    for attempt in range(TRIES):
        before = pipeline.read(get_all, [state])[0]
        documents = _shards(pipeline, layout.shards(kind))
        documents.update(below(pipeline, layout.papers(kind)))
        after = pipeline.read(get_all, [state])[0]
        if after is not None:
            documents[state] = _document(after)
            if before is not None and before[1].mzxid == after[1].mzxid:
                return documents
        elif before is None and documents in ({}, previous):
            # Shards without a state, as the seed left them: here only a second look can tell.
            return documents
        previous = documents
        time.sleep(PAUSE_S * attempt)
    raise Unavailable(f"{state} changed each time while the kind was read")


def _shards(pipeline: Pipeline, parent: str) -> dict[str, Document]:
    shards = [f"{parent}/{name}" for name in pipeline.read(names_all, [parent])[0] or ()]
    resources = [resources_of(shard) for shard in shards]
    paths = [*shards, *(reload_of(shard) for shard in shards), *resources]
    for path, chunks in zip(resources, pipeline.read(names_all, resources), strict=True):
        paths.extend(f"{path}/{chunk}" for chunk in chunks or ())
    found = zip(paths, pipeline.read(get_all, paths), strict=True)
    return {path: _document(answer) for path, answer in found if answer is not None}


def below(pipeline: Pipeline, parent: str) -> dict[str, Document]:
    """The documents that stand right below this path."""
    paths = [f"{parent}/{name}" for name in pipeline.read(names_all, [parent])[0] or ()]
    found = zip(paths, pipeline.read(get_all, paths), strict=True)
    return {path: _document(answer) for path, answer in found if answer is not None}


def _document(answer: Any) -> Document:
    body, stat = answer
    return Document(body, stat.version)
