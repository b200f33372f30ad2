"""The server killed in the middle of its work: instances serve on, and the next server adopts them."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from tests.product.conftest import NewProduct
from tests.product.processes import until
from tests.product.product import Product

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_a_server_killed_five_times_during_churn_loses_nothing_and_restarts_no_instance(
    new_product: NewProduct,
) -> None:
    product = new_product().with_fixed_ports()
    product.start()
    product.settle()
    pids = product.pids()
    with ThreadPoolExecutor(1) as beside:
        over = Event()
        churning = beside.submit(_churn, product, over)
        try:
            _kill_five_times(product, pids)
        finally:
            over.set()
        assert churning.result(120.0) >= 250
    product.settle()
    product.assert_served_once(within=10.0)
    assert product.pids() == pids
    assert product.stop() == 0


def _churn(product: Product, over: Event) -> int:
    """Change the catalog until it is over; how many changes were made."""
    changes = 0
    for seed in range(60):
        done = product.cli(
            "demo", "churn", "--rate", "50", "--seconds", "5", "--seed", str(seed), "-o", "json"
        )
        # 1: there was no server at its end, so the next one announces what waits
        assert done.code in (0, 1), done.err
        changes += sum(done.json[each] for each in ("added", "removed", "updated"))
        if over.is_set() and done.code == 0:
            break
    return changes


def _kill_five_times(product: Product, pids: dict[tuple[str, int], int]) -> None:
    for _ in range(5):
        time.sleep(2.5)
        product.kill_server()
        product.start()
        until(lambda: product.pids() == pids, 10.0, what="all instances are adopted")
        for kind in ("Thing", "Rule"):
            report = product.audit(kind)
            assert (report.double_served, report.backwards) == ((), ())


def test_a_server_on_any_free_port_is_found_again_by_its_instances_after_a_crash(
    new_product: NewProduct,
) -> None:
    product = new_product()
    product.start()
    product.settle()
    pids, url = product.pids(), product.url
    product.kill_server()
    product.start()
    assert product.url == url
    product.settle()
    until(lambda: product.pids() == pids, 10.0, what="all instances are adopted")
    assert product.stop() == 0
