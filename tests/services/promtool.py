"""Prometheus' own checker of rules: where it is found."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.services.require import missing


def promtool() -> Path:
    """The program; the test is skipped where there is none, or fails where it must be there."""
    found = shutil.which("promtool")
    if found is None:
        missing("promtool", "it is not installed; Debian has it in the package prometheus")
    return Path(found)
