"""What tests of the heartbeats share."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture
def swept() -> Iterator[None]:
    """kafka-python drops sockets that failed to connect without closing them: not into another test."""
    yield
    gc.collect()
