"""Short days, recorded once for all tests of a module."""

from __future__ import annotations

from functools import cache

from orchestrator.core.policy import KindPolicy
from orchestrator.replay.recording import Recording, read_recording
from orchestrator.settings.loading import load_kind
from tests.simulation.day import Day, record_day

SHORT = Day(
    things=400,
    hours=0.2,
    created=150,
    deleted=120,
    imports=1,
    imported=60,
    crashes=4,
    orchestrations=2,
    resource_per_instance=50,
)


@cache
def lines_of(day: Day = SHORT) -> tuple[bytes, ...]:
    return tuple(record_day(day))


@cache
def recording_of(day: Day = SHORT) -> Recording:
    return read_recording(lines_of(day))


def policy_of(recording: Recording, **changed: object) -> KindPolicy:
    """``changed``: keys, with two underscores where the key has a dot."""
    keys = {name.replace("__", "."): value for name, value in changed.items()}
    return load_kind(recording.start.settings, keys).policy()
