"""Doctor asks all at once, waits for none too long, and keeps trouble and warnings apart."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from orchestrator.cli.doctor.checks import Finding
from orchestrator.cli.doctor.probing import Probe, together
from orchestrator.errors import Unavailable
from tests.settings.production import mounted


def probe(name: str, ask: Any) -> Probe:
    return Probe(name=name, ask=ask, mend=f"mend {name}")


def test_one_that_hangs_holds_up_no_other_and_counts_as_trouble() -> None:
    released = threading.Event()

    def hang() -> Iterator[Finding]:
        released.wait(30)
        yield Finding(name="late", ok=True, detail="too late")

    began = time.monotonic()
    probes = [probe("hangs", hang), probe("well", lambda: [Finding(name="well", ok=True, detail="fine")])]
    found = list(together(probes, within=0.3))
    assert time.monotonic() - began < 10
    released.set()
    assert [(each.name, each.ok) for each in found] == [("hangs", False), ("well", True)]
    assert found[0].detail == "no answer within 0.3 s"
    assert found[0].mend == "mend hangs"


def test_all_are_asked_at_the_same_time() -> None:
    meeting = threading.Barrier(5, timeout=20)

    def meet() -> list[Finding]:
        meeting.wait()
        return [Finding(name="met", ok=True, detail="")]

    found = list(together([probe(str(number), meet) for number in range(5)], within=25))
    assert [each.name for each in found] == ["met"] * 5


def test_what_a_probe_raises_is_trouble_with_its_text() -> None:
    def refuse() -> list[Finding]:
        raise Unavailable("the service is away")

    def stumble() -> list[Finding]:
        raise ZeroDivisionError("a library did it")

    found = list(together([probe("a", refuse), probe("b", stumble)]))
    assert [each.detail for each in found] == ["the service is away", "ZeroDivisionError: a library did it"]
    assert all(each.ok is False and each.mend for each in found)


def test_a_warning_is_shown_with_its_remedy_and_is_no_failure(shardwright: Any, home: Path) -> None:
    written = {"api": {"host": "0.0.0.0", "port": 0}, "mqtt": {"port": 0}, "allow_unprotected_links": True}
    (home / "config.yaml").write_text(json.dumps(written))
    ended = shardwright("doctor")
    assert ended.code == 0
    (line,) = [line for line in ended.out.splitlines() if line.startswith("WARNING")]
    assert "api.host is 0.0.0.0, where the server listens without TLS" in line


def test_a_link_that_would_be_refused_is_trouble(shardwright: Any, home: Path) -> None:
    (home / "config.yaml").write_text(
        json.dumps({"api": {"host": "0.0.0.0", "port": 0}, "mqtt": {"port": 0}})
    )
    ended = shardwright("doctor")
    assert ended.code == 1
    assert any(line.startswith("TROUBLE  links") for line in ended.out.splitlines())


def test_files_that_are_missing_are_told_before_anybody_is_asked(shardwright: Any, home: Path) -> None:
    path = mounted(home)
    (home / "run/secrets/shardwright/kafka-password").unlink()
    ended = shardwright("doctor", "--config", str(path), "-o", "json")
    found = {each["name"]: each for each in json.loads(ended.out)}
    assert ended.code == 1
    assert "kafka-password cannot be read" in found["file"]["detail"]
    assert "kafka" not in found
