"""Questions asked all at once, each with a deadline: a service that hangs holds up no other answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from orchestrator.cli.doctor.checks import Finding
from orchestrator.errors import ShardwrightError

WITHIN_S = 5.0
ANSWER_S = 4.0
"""For what a probe waits for itself, so that the reason is told instead of the deadline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """``ask`` blocks and is let alone when it takes too long; ``mend`` is told when it fails."""

    name: str
    ask: Callable[[], Iterable[Finding]]
    mend: str


@dataclass(slots=True)
class _Asked:
    probe: Probe
    thread: threading.Thread
    found: list[Finding] = field(default_factory=list)


def together(probes: Sequence[Probe], within: float = WITHIN_S) -> Iterator[Finding]:
    """What was found, in the order of the probes; after so many seconds the rest counts as not answering."""
    asked = [_begun(probe) for probe in probes]
    until = time.monotonic() + within
    for each in asked:
        each.thread.join(max(0.0, until - time.monotonic()))
        if each.thread.is_alive():
            said = f"no answer within {within:g} s"
            yield Finding(name=each.probe.name, ok=False, detail=said, mend=each.probe.mend)
        else:
            yield from each.found


def _begun(probe: Probe) -> _Asked:
    def run() -> None:
        try:
            found = list(probe.ask())
        except ShardwrightError as exc:
            found = [Finding(name=probe.name, ok=False, detail=str(exc), mend=probe.mend)]
        except Exception as exc:  # noqa: BLE001
            # Whatever a library raises: the other answers are worth having all the same.
            said = f"{type(exc).__name__}: {exc}"
            found = [Finding(name=probe.name, ok=False, detail=said, mend=probe.mend)]
        asked.found.extend(found)

    # The program ends although a library still waits.
    asked = _Asked(probe, threading.Thread(target=run, name=f"doctor-{probe.name}", daemon=True))
    asked.thread.start()
    return asked
