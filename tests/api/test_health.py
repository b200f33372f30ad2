from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from tests.api.conftest import Served


async def test_liveness_depends_on_nothing(served: Served) -> None:
    served.facade.ready = False
    served.facade.failing = RuntimeError("everything is broken")
    async with served.get("/livez") as answer:
        assert answer.status == 200


async def test_readiness_is_told_by_the_status(served: Served) -> None:
    async with served.get("/readyz") as answer:
        assert answer.status == 200
        assert await answer.json() == {"ready": True}
    served.facade.ready = False
    async with served.get("/readyz") as answer:
        assert answer.status == 503
        assert await answer.json() == {"ready": False}


async def test_verbose_readiness_names_every_dependency(served: Served) -> None:
    served.facade.dependency_ok = None
    async with served.get("/readyz?verbose") as answer:
        body = await answer.json()
    assert [(one["name"], one["ok"]) for one in body["dependencies"]] == [("store", True), ("catalog", None)]


async def test_metrics_are_readable_and_name_no_resource(served: Served) -> None:
    served.facade.own("Thing", "very-secret-id")
    async with served.get("/metrics") as answer:
        assert answer.content_type == "text/plain"
        text = await answer.text()
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert families["shardwright_leader"].samples[0].value == 1
    assert families["shardwright_transactions"].samples[0].name == "shardwright_transactions_total"
    assert "shardwright_weird_name" in families
    decisions = {one.labels["event"]: one.value for one in families["shardwright_decisions"].samples}
    assert decisions == {"move": 3, "drop": 2}
    owned = {
        sample.labels["kind"]: sample.value
        for sample in families["shardwright_resources"].samples
        if sample.labels["state"] == "owned"
    }
    assert owned == {"Thing": 200, "Rule": 80}
    assert "very-secret-id" not in text
