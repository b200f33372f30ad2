"""What a test does about a service that cannot be had here."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

REQUIRED = "SHARDWRIGHT_REQUIRE"
"""Set to ``all`` where a missing service is a failure: in the continuous integration."""


def missing(service: str, reason: str) -> NoReturn:
    """Skip the test with the reason, or fail it where every service is required."""
    said = f"{service}: {reason}"
    if os.environ.get(REQUIRED) == "all":
        pytest.fail(said, pytrace=False)
    pytest.skip(said)
