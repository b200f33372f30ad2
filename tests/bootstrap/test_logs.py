"""The log as the server writes it, from a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from typing import Any

PROGRAM = """
import logging, structlog
from structlog.contextvars import bound_contextvars
from orchestrator.bootstrap.logs import set_up_logs
from orchestrator.settings import Settings
set_up_logs(Settings.model_validate({"log": {"format": %r}}))
log, library = structlog.get_logger(), logging.getLogger("api.guard")
def failing():
    raise ValueError("a\\x1b[31mb\\nc")
with bound_contextvars(request="r-1"):
    log.warning("ours", kind="Thing", error="x\\ny")
    library.error("theirs %%s", "p\\x1b[2Jq")
    try:
        failing()
    except ValueError:
        library.exception("it failed")
        log.error("ours failed", exc_info=True)
log.info("later")
"""


@cache
def written(form: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM % form], capture_output=True, text=True, timeout=60, check=True
    )
    assert not done.stdout
    return done.stderr


def documents() -> list[dict[str, Any]]:
    return [json.loads(line) for line in written("json").splitlines()]


def test_each_line_is_one_document_whoever_wrote_it() -> None:
    ours, theirs, failed, ours_failed, later = documents()
    assert (ours["event"], ours["kind"], ours["level"]) == ("ours", "Thing", "warning")
    assert (theirs["logger"], theirs["level"]) == ("api.guard", "error")
    assert later["event"] == "later"
    for one in (failed, ours_failed):
        assert "ValueError" in one["exception"] and "in failing" in one["exception"]
    assert all("timestamp" in one for one in (ours, theirs, failed, later))


def test_a_line_that_a_request_caused_has_its_id() -> None:
    found = documents()
    assert [one.get("request") for one in found] == ["r-1", "r-1", "r-1", "r-1", None]


def test_no_terminal_obeys_what_a_stranger_sent() -> None:
    for form in ("console", "json"):
        text = written(form)
        assert "\x1b[31m" not in text and "\x1b[2J" not in text
    lines = written("console").splitlines()
    assert any("theirs p" in line and "q" in line for line in lines), "it stays in its line"
