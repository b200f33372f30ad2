"""A short cut of ``make chaos``: some of its scenarios in one world, both judges on what is left of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.chaos.of_channels import SILENT_PARTITION
from tests.chaos.of_leaders import frozen
from tests.chaos.of_the_catalog import SQL_EMPTY
from tests.chaos.of_the_store import ambiguous
from tests.chaos.run import in_one_world
from tests.chaos.table import as_table
from tests.services import kafka_install, mosquitto_server, postgres_server, zookeeper
from tests.services.require import missing

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]

ABSENT = {
    "Kafka": kafka_install.absent(),
    "Mosquitto": mosquitto_server.absent(),
    "PostgreSQL": postgres_server.absent(),
}
SHORT = (frozen(2), ambiguous(2), SILENT_PARTITION, SQL_EMPTY)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where PostgreSQL, which runs as another user, gets to its files."""
    with TemporaryDirectory(prefix="shardwright-chaos-", dir="/var/tmp") as name:
        Path(name).chmod(0o711)
        yield Path(name) / "world"


def test_what_must_hold_holds_while_leaders_replies_beats_and_the_catalog_fail(folder: Path) -> None:
    zookeeper.require_program()
    for name, reason in ABSENT.items():
        if reason is not None:
            missing(name, reason)
    rows, judgement = in_one_world(folder, SHORT, seed=7)
    print(as_table(rows))
    assert [row.fault for row in rows] == [""] * len(SHORT)
    assert judgement.findings == []
    # The rare states were reached: without them nothing was shown.
    assert judgement.judge.counted.offices >= 3 and judgement.judge.counted.nonces >= 2
