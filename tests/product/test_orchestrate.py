"""Re-orchestration over REST: the smallest number of moves, and nothing at all the second time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.product.processes import until
from tests.product.product import Product

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ROUTES = ("orchestrate", "orchestrations")


def test_a_new_size_moves_the_minimum_and_a_second_time_changes_nothing(product: Product) -> None:
    for route, each, shards in zip(ROUTES, (150, 250), (14, 10), strict=True):
        loads = _loads(product)
        wish = {"resourcePerInstance": each}
        foreseen = _orchestrated(product, f"{route}?dryRun=true", wish)
        assert _loads(product) == loads
        done = _orchestrated(product, route, wish)
        assert done["moves"] == foreseen["moves"] == _fewest_moves(loads, shards)
        assert done["shards"] == {"before": len(loads), "after": shards}
        until(lambda n=shards: len(_loads(product)) == n, 90.0, what="the drained shards are gone")  # type: ignore[misc]
        product.settle("Thing")
        after = _loads(product)
        assert max(after.values()) - min(after.values()) <= 1
        assert sum(after.values()) == 2_000
        product.assert_served_once(within=10.0)
        _assert_nothing_to_do(product, wish)
    assert product.stop() == 0


def test_a_dry_run_changes_nothing(product: Product) -> None:
    before, commit = _loads(product), product.kind("Thing")["commit"]
    told = _orchestrated(product, "orchestrate?dryRun=true", {"maxInstances": 50, "resourcePerInstance": 100})
    assert (told["dryRun"], told["changed"]) == (True, True)
    assert told["moves"] > 0
    assert (_loads(product), product.kind("Thing")["commit"]) == (before, commit)
    kind = product.kind("Thing")
    assert (kind["maxInstances"], kind["resourcePerInstance"]) == (100, 5_000)


def test_two_orchestrations_at_once_are_answered_in_turn_and_the_later_one_holds(product: Product) -> None:
    with ThreadPoolExecutor(2) as both:
        sizes = (200, 180)
        answers = list(both.map(lambda each: _orchestrated(product, "orchestrate", _each(each)), sizes))
    assert {one["resourcePerInstance"] for one in answers} == set(sizes)
    held = product.kind("Thing")["resourcePerInstance"]
    assert held in sizes
    wanted = 2_000 // held + 1
    until(lambda: len(_loads(product)) == wanted, 90.0, what=f"there are {wanted} shards")
    product.settle("Thing")
    loads = _loads(product).values()
    assert max(loads) - min(loads) <= 1
    product.assert_served_once(within=10.0)
    assert product.stop() == 0


def _each(count: int) -> dict[str, int]:
    return {"resourcePerInstance": count}


def _orchestrated(product: Product, route: str, wish: dict[str, int]) -> dict[str, Any]:
    answer = product.post(f"/v1/api/orchestrations/Thing/{route}", wish)
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def _assert_nothing_to_do(product: Product, wish: dict[str, int]) -> None:
    commit, written = product.kind("Thing")["commit"], product.counters()["transactions"]
    times = {one["id"]: one["times"] for one in _seed_words(product)}
    for route in ROUTES:
        again = _orchestrated(product, route, wish)
        assert (again["changed"], again["moves"], again["planId"]) == (False, 0, None)
    assert product.kind("Thing")["commit"] == commit
    assert product.counters()["transactions"] == written
    assert {one["id"]: one["times"] for one in _seed_words(product)} == times


def _seed_words(product: Product) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = product.get("/v1/api/orchestrations/Thing").json["instances"]
    return found


def _loads(product: Product) -> dict[int, int]:
    return {one["id"]: one["used"] for one in _seed_words(product)}


def _fewest_moves(loads: dict[int, int], shards: int) -> int:
    """Ids beyond each target: the fullest shards have the larger ones, the emptiest are drained."""
    share, rest = divmod(sum(loads.values()), shards)
    kept = sorted(loads.values(), reverse=True)[:shards]
    targets = [share + (place < rest) for place in range(len(kept))]
    drained = sum(loads.values()) - sum(kept)
    return drained + sum(max(0, old - target) for old, target in zip(kept, targets, strict=True))
