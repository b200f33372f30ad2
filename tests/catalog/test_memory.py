"""The catalog in memory fails and lags when it is told to."""

from __future__ import annotations

import pytest

from orchestrator.catalog.memory import MemoryCatalog
from orchestrator.core.traits import PLAIN
from orchestrator.errors import Unavailable


async def test_it_lists_and_looks_up_with_weights() -> None:
    catalog = MemoryCatalog({"Thing": ["a", "b"], "Rule": {"r": (1, 5)}})
    catalog.drop("Thing", ["b", "never"])
    assert await catalog.lookup("Thing", ["a", "b"]) == {"a": PLAIN}
    assert (await catalog.listing("Rule")).weights == {"r": (1, 5)}
    assert (await catalog.listing("Other")).ids == []


async def test_it_fails_as_often_as_it_was_told() -> None:
    catalog = MemoryCatalog({"Thing": ["a"]})
    catalog.fail_next(2)
    for _ in range(2):
        with pytest.raises(Unavailable):
            await catalog.listing("Thing")
    assert (await catalog.listing("Thing")).ids == ["a"]


async def test_a_frozen_one_serves_what_was_there() -> None:
    catalog = MemoryCatalog({"Thing": ["a"]})
    catalog.freeze()
    catalog.put("Thing", ["b"])
    catalog.drop("Thing", ["a"])
    assert set(await catalog.lookup("Thing", ["a", "b"])) == {"a"}
    catalog.thaw()
    assert set(await catalog.lookup("Thing", ["a", "b"])) == {"b"} == catalog.ids("Thing")
