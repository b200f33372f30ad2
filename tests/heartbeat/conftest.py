"""What tests of the heartbeats share."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def swept() -> Iterator[None]:
    """kafka-python drops sockets of connections that it was still making: not into another test.

    That the product keeps no descriptor is said in test_kafka_outages.py.
    """
    _sweep()
    yield
    _sweep()


def _sweep() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
