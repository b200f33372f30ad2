"""What passes could not do, and for how long it is shown."""

from __future__ import annotations

import pytest

from orchestrator.core.decisions import Reason
from orchestrator.core.model import Chunk, KindState, Releasing, Shard
from orchestrator.core.view import View
from orchestrator.engine.findings import Findings


@pytest.fixture
def findings() -> Findings:
    waiting = Findings()
    waiting.note_unplaced({"owned": Reason.AWAITING_RELEASE, "leaving": Reason.AWAITING_RELEASE}, {})
    waiting.note_unplaced({"listed": Reason.NO_ROOM, "gone": Reason.NO_ROOM}, {})
    return waiting


@pytest.fixture
def view() -> View:
    entry = Releasing(ids=("leaving",), to=None, generation=2)
    chunks = (Chunk(ids=("owned", "other"), releasing=(entry,)),)
    return View.of(KindState(kind="Thing"), {0: Shard(number=0, capacity=(9,), chunks=chunks)})


def test_a_kind_read_anew_shows_what_has_an_owner_meanwhile(findings: Findings, view: View) -> None:
    findings.strike_owned(view)
    assert set(findings.unplaced) == {"leaving", "listed", "gone"}


def test_a_resync_leaves_only_what_is_listed_and_has_no_owner(findings: Findings, view: View) -> None:
    findings.keep_unplaced(["listed"], view)
    assert set(findings.unplaced) == {"leaving", "listed"}
