"""The journals that every contract of theirs runs on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from orchestrator.ports import Journal
from orchestrator.store.journal import SqlJournal
from orchestrator.store.memory_journal import MemoryJournal
from tests.services import postgres

Open = Callable[[int], Awaitable[Journal]]


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def open_journal(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Open]:
    opened: list[Journal] = []
    url = postgres.shared() if request.param == "postgresql" else f"sqlite:///{tmp_path / 'journal.db'}"

    async def open_one(max_lines: int = 1000) -> Journal:
        if request.param == "memory":
            opened.append(MemoryJournal(max_lines))
        else:
            opened.append(await SqlJournal.open(url, max_lines=max_lines))
        return opened[-1]

    yield open_one
    for journal in opened:
        await journal.close()
