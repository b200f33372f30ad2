"""The Kubernetes API on a bad day: slow, failing after the fact, away, or of another mind about us."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from kubernetes.config import incluster_config

from orchestrator.errors import Unavailable
from orchestrator.ports import Phase, Started
from orchestrator.runtime.kubernetes import KubernetesRuntime
from orchestrator.runtime.kubernetes_options import KubernetesOptions
from tests.runtime.kubernetes_gate import Gate
from tests.runtime.kubernetes_world import KubernetesWorld, spec_of
from tests.runtime.waiting import phase
from tests.services.kubernetes_api import own


def is_create(method: str, path: str) -> bool:
    return method == "POST"


def is_delete(method: str, path: str) -> bool:
    return method == "DELETE"


def is_list(method: str, path: str) -> bool:
    return method == "GET" and "limit=" in path


@pytest.fixture
def timeout_s() -> float:
    return 5.0


@pytest.fixture
async def runtime(world: KubernetesWorld, gate: Gate, timeout_s: float) -> AsyncIterator[KubernetesRuntime]:
    options = KubernetesOptions(
        namespace=world.namespace, kubeconfig=gate.kubeconfig, request_timeout_s=timeout_s, workers=2, page=2
    )
    runtime = KubernetesRuntime(options, cluster=world.cluster)
    yield runtime
    gate.open.set()
    await runtime.close()


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_create_that_is_not_answered_well_is_unknown_and_may_be_repeated(
    runtime: KubernetesRuntime, gate: Gate, status: int
) -> None:
    gate.fault(is_create, status=status)
    with pytest.raises(Unavailable, match=f"told to answer {status}"):
        await runtime.ensure(spec_of(3))
    assert await runtime.observe("Thing") == []
    assert await runtime.ensure(spec_of(3)) == Started()


@pytest.mark.parametrize("status", [500, None])
async def test_a_create_that_was_done_though_it_failed_is_found_done(
    runtime: KubernetesRuntime, gate: Gate, status: int | None
) -> None:
    gate.fault(is_create, status=status, is_sent=True)
    with pytest.raises(Unavailable):
        await runtime.ensure(spec_of(3))
    seen = await phase(runtime, 3, Phase.RUNNING)
    assert await runtime.ensure(spec_of(3)) == Started()
    assert await phase(runtime, 3, Phase.RUNNING) == seen


async def test_nothing_is_sent_twice_on_its_own(runtime: KubernetesRuntime, gate: Gate) -> None:
    await runtime.ensure(spec_of(3))
    await phase(runtime, 3, Phase.RUNNING)
    gate.fault(is_delete, is_sent=True)
    with pytest.raises(Unavailable):
        await runtime.stop("Thing", 3, 1, grace_s=1)
    gate.fault(is_create, is_sent=True)
    with pytest.raises(Unavailable):
        await runtime.ensure(spec_of(4))
    assert [method for method, _ in gate.requests if method != "GET"] == ["POST", "DELETE", "POST"]


async def test_a_stop_that_was_done_though_it_failed_may_be_repeated(
    runtime: KubernetesRuntime, gate: Gate
) -> None:
    await runtime.ensure(spec_of(3))
    await phase(runtime, 3, Phase.RUNNING)
    gate.fault(is_delete, status=500, is_sent=True)
    with pytest.raises(Unavailable):
        await runtime.stop("Thing", 3, 1, grace_s=1)
    await runtime.stop("Thing", 3, 1, grace_s=1)
    await phase(runtime, 3, None, Phase.ENDED)
    await runtime.stop("Thing", 3, 1, grace_s=1)


async def test_half_a_list_is_no_list(runtime: KubernetesRuntime, gate: Gate) -> None:
    await asyncio.gather(*(runtime.ensure(spec_of(shard)) for shard in range(5)))
    gate.fault(lambda method, path: "continue=" in path, status=500)
    with pytest.raises(Unavailable):
        await runtime.observe("Thing")
    assert len(await runtime.observe("Thing")) == 5


async def test_a_list_whose_pages_expired_is_begun_anew(runtime: KubernetesRuntime, gate: Gate) -> None:
    await asyncio.gather(*(runtime.ensure(spec_of(shard)) for shard in range(5)))
    gate.fault(lambda method, path: "continue=" in path, status=410)
    assert len(await runtime.observe("Thing")) == 5
    gate.fault(lambda method, path: "continue=" in path, status=410, times=100)
    with pytest.raises(Unavailable, match="expired"):
        await runtime.observe("Thing")


async def test_a_list_asks_for_no_version_so_that_it_is_the_newest(
    runtime: KubernetesRuntime, gate: Gate
) -> None:
    await runtime.observe("Thing")
    assert not any("resourceVersion" in path for method, path in gate.requests)


@pytest.mark.parametrize("timeout_s", [1.0])
async def test_a_call_that_waited_too_long_for_its_turn_is_not_sent(
    runtime: KubernetesRuntime, gate: Gate
) -> None:
    gate.open.clear()
    calls = [asyncio.create_task(runtime.ensure(spec_of(shard))) for shard in range(8)]
    done = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(one, Unavailable) for one in done)
    sent = len(gate.requests)
    assert sent <= 4
    gate.open.set()
    await asyncio.sleep(0.3)
    assert len(gate.requests) == sent


async def test_an_answer_that_is_not_json_is_none(runtime: KubernetesRuntime, gate: Gate) -> None:
    gate.fault(is_list, rewrite=lambda path: "/readyz")
    with pytest.raises(Unavailable, match="no list"):
        await runtime.observe("Thing")


async def test_credentials_that_were_renewed_are_read_again(world: KubernetesWorld, tmp_path: Path) -> None:
    assert world.options.kubeconfig is not None
    config = json.loads(world.options.kubeconfig.read_text())
    user = config["users"][0]["user"]
    good, token = user.pop("token"), tmp_path / "token"
    token.write_text(good)
    user["tokenFile"] = str(token)
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text(json.dumps(config))
    runtime = KubernetesRuntime(
        KubernetesOptions(namespace=world.namespace, kubeconfig=kubeconfig), cluster=world.cluster
    )
    try:
        token.write_text("worn-out")
        with pytest.raises(Unavailable, match="401"):
            await runtime.observe("Thing")
        token.write_text(good)
        assert await runtime.observe("Thing") == []
    finally:
        await runtime.close()


async def test_in_a_pod_the_token_is_read_again_when_it_is_refused(
    world: KubernetesWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world.options.kubeconfig is not None
    config = json.loads(world.options.kubeconfig.read_text())
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    address = urlsplit(cluster["server"])
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", str(address.hostname))
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(address.port))
    authority, token = tmp_path / "ca.crt", tmp_path / "token"
    authority.write_bytes(base64.b64decode(cluster["certificate-authority-data"]))
    token.write_text("worn-out")
    monkeypatch.setattr(incluster_config, "SERVICE_CERT_FILENAME", str(authority))
    monkeypatch.setattr(incluster_config, "SERVICE_TOKEN_FILENAME", str(token))
    runtime = await KubernetesRuntime.open(KubernetesOptions(namespace=world.namespace), cluster="one")
    try:
        with pytest.raises(Unavailable, match="401"):
            await runtime.observe("Thing")
        token.write_text(user["token"])
        assert await runtime.observe("Thing") == []
    finally:
        await runtime.close()


@pytest.mark.parametrize("content", [None, "kind: [", "{}", '{"apiVersion": "v1", "kind": "Config"}'])
async def test_a_kubeconfig_that_cannot_be_used_is_named_and_may_come_later(
    world: KubernetesWorld, tmp_path: Path, content: str | None
) -> None:
    assert world.options.kubeconfig is not None
    kubeconfig = tmp_path / "config"
    if content is not None:
        kubeconfig.write_text(content)
    options = KubernetesOptions(namespace=world.namespace, kubeconfig=kubeconfig)
    runtime = await KubernetesRuntime.open(options, cluster=world.cluster)
    try:
        with pytest.raises(Unavailable, match=str(kubeconfig)):
            await runtime.observe("Thing")
        kubeconfig.write_text(world.options.kubeconfig.read_text())
        assert await runtime.observe("Thing") == []
    finally:
        await runtime.close()


async def test_outside_a_pod_there_is_no_service_account(world: KubernetesWorld) -> None:
    runtime = await KubernetesRuntime.open(KubernetesOptions(namespace="one"), cluster="one")
    try:
        with pytest.raises(Unavailable, match="service account"):
            await runtime.observe("Thing")
    finally:
        await runtime.close()


async def test_while_the_api_is_away_calls_say_so_and_when_it_is_back_all_goes_on(tmp_path: Path) -> None:
    api = own(tmp_path / "api")
    options = KubernetesOptions(
        namespace="runtime", kubeconfig=api.kubeconfig("admin"), request_timeout_s=2, relist_s=5
    )
    # Opened before the API was ever there.
    runtime = await KubernetesRuntime.open(options, cluster="one")
    news = runtime.news()
    try:
        with pytest.raises(Unavailable):
            await runtime.observe("Thing")
        api.start()
        api.operator.create("/api/v1/namespaces", {"metadata": {"name": "runtime"}})
        account = {"metadata": {"name": "default"}}
        api.operator.create("/api/v1/namespaces/runtime/serviceaccounts", account)
        assert await runtime.ensure(spec_of(3)) == Started()
        api.kill()
        away = time.monotonic() + 10
        while time.monotonic() < away:
            with pytest.raises(Unavailable):
                await runtime.ensure(spec_of(4))
            with pytest.raises(Unavailable):
                await runtime.observe("Thing")
            await asyncio.sleep(0.5)
        api.restart()
        assert await runtime.ensure(spec_of(4)) == Started()
        assert [seen.shard for seen in await runtime.observe("Thing")] == [3, 4]
        async with asyncio.timeout(30):
            while (await anext(news)).shard != 4:
                pass
        api.operator.delete("/api/v1/namespaces/runtime/pods/iota-dac-3")
        async with asyncio.timeout(30):
            while (await anext(news)).phase is not Phase.ENDED:
                pass
    finally:
        await runtime.close()
        api.stop()
