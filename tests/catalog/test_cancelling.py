"""Who is told to end while the catalog answers ends: a leader that was deposed waits for all its tasks."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from orchestrator.catalog.kind import CatalogKind
from orchestrator.catalog.sqlalchemy import SqlCatalog


@pytest.mark.parametrize("turns", range(5))
async def test_a_question_that_is_given_up_as_its_answer_comes_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, turns: int
) -> None:
    file = tmp_path / "catalog.db"
    sqlite3.connect(file).close()
    source = CatalogKind(url=f"sqlite:///{file}", table="Thing", id_column="id")
    catalog, may_answer = SqlCatalog({"Thing": source}), threading.Event()

    def answer(ids: object, attempt: object) -> dict[str, tuple[int, ...]]:
        may_answer.wait(10)
        return {}

    monkeypatch.setattr(catalog._readers["Thing"], "lookup", answer)
    try:
        asked = asyncio.ensure_future(catalog.lookup("Thing", ["1"]))
        await asyncio.sleep(0.1)
        may_answer.set()
        # the loop stands still, as after a freeze, until the answer waits for it
        time.sleep(0.1)
        for _ in range(turns):
            await asyncio.sleep(0)
        if not asked.done():
            asked.cancel()
            await asyncio.wait({asked})
            assert asked.cancelled()
    finally:
        may_answer.set()
        await catalog.close()
