"""Two versions of the product as processes: replaced one after the other, back again, and then for good."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.product.conftest import NewProduct
from tests.product.processes import until
from tests.product.replicas import Replica, pair
from tests.product.server import SHARDWRIGHT, Server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

NOW = (SHARDWRIGHT,)
NEXT = (sys.executable, "-m", "tests.product.next_program")
TOO_OLD = (
    "the store has layout 2, and this program reads and writes layout 1: it is too old to lead,"
    " run the version of the other replicas"
)


def replace(one: Replica, other: Replica, program: tuple[Any, ...]) -> None:
    """Stop a replica in good order, and start it again as that version; the other one leads meanwhile."""
    one.terminate()
    until(other.decides, 20.0, what="the other decides")
    one.program = program
    one.start()


def serves(one: Replica, pids: dict[tuple[str, int], int]) -> None:
    """It leads, takes up what is new, and has replaced no instance."""
    name = one.add_thing()
    until(lambda: name in one.served_ids("Thing"), 20.0, what="it is served")
    until(lambda: one.pids() == pids, 10.0, what="no instance was replaced")


def layout(one: Server) -> tuple[int, int | None]:
    found = one.get("/v1/api/upgrade").json
    return found["layout"], found["next"]


def assert_refuses(old: Server, *, alone: bool = False) -> None:
    """It says in each place that it cannot lead, and why. ``alone``: nobody else leads, whom it would ask."""
    until(old.is_up, 60.0, what="it is up")
    until(lambda: TOO_OLD in old.get("/readyz?verbose").text, 10.0, what="it says why")
    assert old.get("/readyz").status == 503
    ended = old.cli("status", "--server", old.url)
    assert (ended.code, TOO_OLD in ended.out) == ((1, True) if alone else (0, False)), ended
    shown = old.cli("upgrade", "status", "--server", old.url)
    assert shown.out.splitlines()[:2] == ["LAYOUT    2", "SERVER    layout 1"], shown


def test_a_rolling_upgrade_goes_back_and_forward_and_then_stays(tmp_path: Path) -> None:
    with pair(tmp_path) as replicas:
        replicas.start()
        first, second = replicas.both
        pids = first.pids()
        replace(second, first, NEXT)
        refused = first.cli("upgrade", "finalize")
        assert refused.code == 3 and "others know more" in refused.err, refused
        replace(first, second, NOW)
        serves(second, pids)
        refused = first.cli("upgrade", "finalize")
        assert (refused.code, layout(second)) == (3, (1, None))
        assert "not every replica knows layout 2" in refused.err, refused
        # Back: what the newer version wrote is read by the older one.
        second.terminate()
        until(first.decides, 20.0, what="the older version leads again")
        serves(first, pids)
        # And forward.
        second.start()
        replace(first, second, NEXT)
        tried = first.cli("upgrade", "finalize", "--dry-run")
        assert tried.code == 0 and layout(second) == (1, None), tried
        assert first.cli("upgrade", "finalize").code == 0
        until(lambda: layout(first) == (2, None), 20.0, what="the store is converted")
        leader = until(
            lambda: next((one for one in replicas.both if one.decides()), None), 20.0, what="a leader"
        )
        serves(leader, pids)
        old = second if leader is first else first
        old.terminate()
        old.program = NOW
        old.launch()
        assert_refuses(old)
        serves(leader, pids)
        replicas.until_served_once()


def test_an_embedded_store_of_a_newer_version_is_left_alone_by_an_older_one(new_product: NewProduct) -> None:
    product = new_product().with_fixed_ports()
    product.program = NEXT
    product.start()
    product.settle()
    assert layout(product) == (2, None), "a new store begins with the newest layout"
    pids = product.pids()
    product.kill_server()
    product.program = NOW
    product.launch()
    assert_refuses(product, alone=True)
    product.kill_server()
    product.program = NEXT
    product.start()
    product.settle()
    assert product.pids() == pids
    product.assert_served_once()
