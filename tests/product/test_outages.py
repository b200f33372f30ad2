"""Each real service goes and comes back: instances serve on, nothing is removed, and what was missed is found."""

from __future__ import annotations

import json
import os
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shardwright_worker.audit import audit, read_ledgers
from tests.product.processes import until
from tests.services import kafka, mosquitto, postgres, zookeeper
from tests.services.development import Development

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

SERVICES = ("zookeeper", "kafka", "mosquitto", "postgres")
KINDS = ("Thing", "Rule")
AWAY_S = 12.0


@pytest.fixture(scope="module")
def whole() -> Iterator[Development]:
    """One orchestrator with local processes on real services, settled."""
    zookeeper.require_program()
    for service in (kafka, mosquitto, postgres):
        service.require_program()
    # PostgreSQL runs as another user, who may not enter the folders that pytest makes.
    folder = Path("/var/tmp") / f"shardwright-outages-{os.getpid()}"
    development = Development(folder, SERVICES, more={"worker": {"away_limit": 120}})
    try:
        for _ in development.start():
            pass
        _settle(development)
        yield development
    finally:
        development.stop()
        shutil.rmtree(folder, ignore_errors=True)
