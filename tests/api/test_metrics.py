"""What the metrics say, in Prometheus' own reading of them."""

from __future__ import annotations

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from orchestrator.errors import NotNow
from tests.api.conftest import Serve, Served


async def families(served: Served) -> dict[str, Metric]:
    async with served.get("/metrics") as answer:
        assert answer.status == 200
        return {one.name: one for one in text_string_to_metric_families(await answer.text())}


async def test_the_fates_of_plans_runs_and_effects_are_counted_by_their_labels(served: Served) -> None:
    served.facade.counters = {
        "plans.finished.orchestrated": 2,
        "runs.started.needed": 3,
        "effects.start.started": 3,
        "effects.any.unavailable": 1,
    }
    found = await families(served)
    assert [(one.labels, one.value) for one in found["shardwright_plans"].samples] == [
        ({"result": "finished", "reason": "orchestrated"}, 2)
    ]
    assert [(one.labels, one.value) for one in found["shardwright_runs"].samples] == [
        ({"state": "started", "reason": "needed"}, 3)
    ]
    assert [(one.labels, one.value) for one in found["shardwright_effects"].samples] == [
        ({"effect": "start", "result": "started", "runtime": ""}, 3),
        ({"effect": "any", "result": "unavailable", "runtime": ""}, 1),
    ]


async def test_what_was_asked_of_the_runtime_names_it(serve: Serve) -> None:
    served = await serve(runtime="kubernetes")
    served.facade.counters = {"effects.stop.asked": 2, "runs.started.needed": 3}
    found = await families(served)
    asked = {"effect": "stop", "result": "asked", "runtime": "kubernetes"}
    assert [(one.labels, one.value) for one in found["shardwright_effects"].samples] == [(asked, 2)]
    assert set(found["shardwright_runs"].samples[0].labels) == {"state", "reason"}


async def test_what_waits_and_how_far_a_plan_has_come_is_told(served: Served) -> None:
    found = await families(served)
    depth = {
        (one.labels["queue"], one.labels["kind"]): one.value
        for one in found["shardwright_queue_depth"].samples
    }
    assert depth == {("journal", ""): 3, ("ids", "Thing"): 7, ("ids", "Rule"): 0}
    assert [(one.labels, one.value) for one in found["shardwright_release_progress_ratio"].samples] == [
        ({"kind": "Thing"}, 0.25)
    ]


async def test_a_dependency_of_which_nothing_is_known_is_not_up(served: Served) -> None:
    served.facade.dependency_ok = None
    found = await families(served)
    up = {one.labels["name"]: one.value for one in found["shardwright_dependency_up"].samples}
    assert up == {"store": 1, "catalog": 0}


async def test_the_whole_way_of_an_event_is_one_histogram_a_kind(served: Served) -> None:
    samples = (await families(served))["shardwright_event_to_owned_seconds"].samples
    told = {
        (one.name.removeprefix("shardwright_event_to_owned_seconds"), one.labels.get("le")): one.value
        for one in samples
        if one.labels["kind"] == "Thing"
    }
    whole = sum(
        stage.count
        for stage in served.facade.coverage("Thing").latency.stages
        if stage.stage in ("stamp-to-owned", "receipt-to-owned")
    )
    assert told["_count", None] == told["_bucket", "+Inf"] == whole


async def test_how_many_shards_the_count_and_the_load_ask_for_is_told(served: Served) -> None:
    found = await families(served)

    def told(name: str, **labels: str) -> list[float]:
        samples = found[f"shardwright_{name}"].samples
        return [one.value for one in samples if one.labels == {"kind": "Thing", **labels}]

    assert told("sizing_shards") == [4]
    assert told("sizing_shards_by_count") == [3]
    assert told("sizing_waiting") == [0]
    assert told("sizing_used_ratio", dimension="cpu") == [0.4]
    assert told("shard_used_ratio", shard="2", dimension="cpu") == [0.402]


async def test_a_server_that_does_not_lead_tells_nothing_of_sizes(served: Served) -> None:
    served.facade.failing = NotNow("this orchestrator does not lead")
    found = await families(served)
    assert not [name for name in found if "sizing" in name and found[name].samples]
