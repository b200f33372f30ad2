"""Many who ask for the same at once: each gets a clear answer, and nothing is done twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.product.product import Product
from tests.product.server import Answer

CLIENTS = 100


@pytest.mark.slow
def test_of_a_hundred_orchestrations_at_once_one_wish_stands_and_nothing_is_doubled(shared: Product) -> None:
    wishes = [{"resourcePerInstance": 100 + n, "maxInstances": 100 - n % 50} for n in range(CLIENTS)]

    def ask(wish: dict[str, int]) -> tuple[dict[str, int], Answer]:
        return wish, shared.post("/v1/api/orchestrations/Thing/orchestrate", wish)

    with ThreadPoolExecutor(CLIENTS) as many:
        answers = list(many.map(ask, wishes))
    carried_out = [wish for wish, answer in answers if answer.status == 200]
    for _, answer in answers:
        assert answer.status in (200, 409, 429, 503), answer
        assert answer.status == 200 or answer.json["detail"]
    assert carried_out
    shared.settle(within=120.0)
    kind = shared.kind("Thing")
    stands = {"resourcePerInstance": kind["resourcePerInstance"], "maxInstances": kind["maxInstances"]}
    assert stands in carried_out
    numbers = [shard["number"] for shard in kind["shards"]]
    assert len(set(numbers)) == len(numbers) <= stands["maxInstances"]
    shared.assert_served_once(within=30.0)
    plans = [answer.json["planId"] for _, answer in answers if answer.status == 200]
    given = [plan for plan in plans if plan is not None]
    assert len(set(given)) == len(given)
