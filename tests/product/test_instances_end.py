"""Instances that die or fall silent: replaced by the next incarnation, and nothing else moves."""

from __future__ import annotations

import os
import signal
import time

import pytest

from tests.product.conftest import NewProduct
from tests.product.processes import end, until
from tests.product.product import Product

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

QUICK_HEALTH = {
    "SHARDWRIGHT_KINDS__THING__HEALTH__INTERVAL": "0.5",
    "SHARDWRIGHT_KINDS__THING__HEALTH__DEADLINE": "4",
    "SHARDWRIGHT_KINDS__THING__HEALTH__STARTUP_GRACE": "10",
    "SHARDWRIGHT_KINDS__THING__HEALTH__WINDOW": "5",
    "SHARDWRIGHT_RUNTIME__STOP_GRACE": "1",
}


def test_a_killed_instance_is_replaced_and_serves_within_ten_seconds(product: Product) -> None:
    owners, pids = product.served_by("Thing"), product.pids()
    before = _incarnations(product)
    victim = ("Thing", 3)
    end(pids[victim])
    _until_replaced(product, {victim: pids[victim]})
    assert product.served_by("Thing") == owners
    assert {key: pid for key, pid in product.pids().items() if key != victim} == {
        key: pid for key, pid in pids.items() if key != victim
    }
    after = _incarnations(product)
    assert after.pop(victim) > before.pop(victim)
    assert after == before
    product.assert_served_once()
    assert product.stop() == 0


def test_ten_instances_killed_at_once_are_replaced_and_serve_within_ten_seconds(product: Product) -> None:
    owners, pids = product.served_by("Thing"), product.pids("Thing")
    for pid in pids.values():
        end(pid)
    _until_replaced(product, pids)
    assert product.served_by("Thing") == owners
    product.settle("Thing", within=10.0)
    product.assert_served_once()
    assert product.stop() == 0


def test_a_silent_instance_is_late_then_lost_and_replaced(new_product: NewProduct) -> None:
    product = new_product(QUICK_HEALTH)
    product.start()
    product.settle()
    pids = product.pids()
    victim = ("Thing", 0)
    time.sleep(5.0)
    os.kill(pids[victim], signal.SIGSTOP)
    until(lambda: _health(product, victim) == "late", 10.0, what="the silent instance is late")
    assert product.pids()[victim] == pids[victim]
    until(lambda: product.pids().get(victim, pids[victim]) != pids[victim], 30.0, what="it is replaced")
    product.assert_served_once(within=10.0)
    assert {key: pid for key, pid in product.pids().items() if key != victim} == {
        key: pid for key, pid in pids.items() if key != victim
    }
    assert product.stop() == 0


def test_a_server_that_was_suspended_stops_no_instance_for_the_silence_meanwhile(
    new_product: NewProduct,
) -> None:
    product = new_product(QUICK_HEALTH)
    product.start()
    product.settle()
    pids, before = product.pids(), _incarnations(product)
    time.sleep(6.0)
    assert product.server is not None
    product.server.send_signal(signal.SIGSTOP)
    time.sleep(20.0)
    product.server.send_signal(signal.SIGCONT)
    until(product.is_ready, 20.0, what="it is ready again")
    product.settle()
    time.sleep(6.0)
    assert product.pids() == pids
    assert _incarnations(product) == before
    product.assert_served_once()
    assert product.stop() == 0


def _incarnations(product: Product) -> dict[tuple[str, int], int]:
    return {(one["kind"], one["shard"]): one["incarnation"] for one in product.instances()}


def _health(product: Product, key: tuple[str, int]) -> str:
    return str(next(one["health"] for one in product.instances() if (one["kind"], one["shard"]) == key))


def _until_replaced(product: Product, killed: dict[tuple[str, int], int]) -> None:
    """Within ten seconds other processes serve all that those did."""
    began = time.monotonic()

    def others_serve() -> bool:
        # by their ledgers: what was just killed looks alive there for a moment longer
        served = product.audit("Thing").served.get("Thing", {})
        at_work = {int(process.rsplit("-", 1)[1]) for those in served.values() for process in those}
        return served.keys() == product.catalog_ids("Thing") and not at_work & set(killed.values())

    until(others_serve, 10.0, what="the next incarnations serve")
    print(f"replaced {len(killed)} in {time.monotonic() - began:.2f} s")
