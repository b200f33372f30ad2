"""What pods use, from the real sources: the kubelet of a real node, and a real metrics API before it."""

from __future__ import annotations

import secrets
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from orchestrator.errors import Unavailable
from orchestrator.ports import Phase, Usage
from orchestrator.runtime.kubernetes import KubernetesRuntime
from orchestrator.runtime.kubernetes_access import KubernetesAccess
from orchestrator.runtime.kubernetes_client import Query
from orchestrator.runtime.kubernetes_link import Answer, Link
from orchestrator.runtime.kubernetes_options import KubernetesOptions
from orchestrator.runtime.kubernetes_usage import PodUsage
from tests.runtime.kubernetes_world import spec_of
from tests.runtime.waiting import seen_of, until
from tests.services import metrics_server
from tests.services.kubernetes_node import NODE, Cluster, own
from tests.services.kubernetes_worker import worker_pod_template

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

PATIENCE_S = 120.0
BUSY = "x = bytearray(64 * 1024 * 1024)\nwhile True:\n    for i in range(0, len(x), 4096): x[i] = 1"
IDLE = "import signal; signal.pause()"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = own(tmp_path_factory.mktemp("cluster"))
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture
def options(cluster: Cluster) -> KubernetesOptions:
    return KubernetesOptions(
        namespace=cluster.api.namespace(), kubeconfig=cluster.api.kubeconfig("admin"), allow_privileged=True
    )


@pytest.fixture
async def runtime(options: KubernetesOptions) -> AsyncIterator[KubernetesRuntime]:
    runtime = KubernetesRuntime(options, cluster="real")
    yield runtime
    for seen in await runtime.observe("Thing"):
        await runtime.stop("Thing", seen.shard, seen.incarnation, grace_s=1)
    await runtime.close()


async def start(runtime: KubernetesRuntime, shard: int, code: str, incarnation: int = 1) -> None:
    template = worker_pod_template("worker", command=("python", "-c", code))
    await runtime.ensure(spec_of(shard, incarnation, template))

    async def runs() -> bool:
        seen = await seen_of(runtime, shard)
        return seen is not None and seen.phase is Phase.RUNNING

    await until(runs, PATIENCE_S)


async def measured(runtime: KubernetesRuntime) -> dict[int, Usage]:
    """What is used, once both pods are measured whole and the busy one shows it."""
    found: dict[int, Usage] = {}

    async def is_known() -> bool:
        await runtime.observe("Thing")
        found.clear()
        found.update(await runtime.usage("Thing"))
        whole = [one for one in found.values() if one.cpu is not None and one.memory is not None]
        return len(whole) == 2 and (found[1].cpu or 0) > 100

    await until(is_known, PATIENCE_S)
    return found


def check(found: dict[int, Usage], incarnation: int = 1) -> None:
    busy, idle = found[1], found[2]
    assert (busy.incarnation, idle.incarnation) == (incarnation, 1)
    # A machine that does other things too gives it some of a core, never more than one.
    assert 100 < (busy.cpu or 0) <= 1300
    assert (idle.cpu or 0) < 100
    assert (busy.memory or 0) > 64 * 1024 * 1024 > (idle.memory or 0) > 1024 * 1024
    assert busy.at > 0


class PastTheApi(Link):
    """The API passes nobody on to a kubelet on a loopback address, as those of tests are: ask it directly."""

    def __init__(self, link: Link, cluster: Cluster) -> None:
        self._beyond = link
        node = cluster.api.operator.get(f"/api/v1/nodes/{NODE}")
        port = node["status"]["daemonEndpoints"]["kubeletEndpoint"]["Port"]
        self._kubelet = f"https://127.0.0.1:{port}"
        self._tls = ssl.create_default_context()
        self._tls.check_hostname, self._tls.verify_mode = False, ssl.CERT_NONE
        self._tls.load_cert_chain(cluster.api.server.kubelet_pair)

    def ask(self, method: str, path: str, query: Query = (), body: object = None) -> Answer:
        start = f"/api/v1/nodes/{NODE}/proxy"
        if not path.startswith(start):
            return self._beyond.ask(method, path, query)
        asked = "&".join(f"{name}={value}" for name, value in query)
        url = f"{self._kubelet}{path.removeprefix(start)}?{asked}"
        try:
            with urlopen(url, context=self._tls, timeout=10) as answer:
                return Answer(answer.status, answer.read())
        except HTTPError as refused:
            return Answer(refused.code, refused.read())


async def test_the_kubelet_says_what_its_pods_use(cluster: Cluster, runtime: KubernetesRuntime) -> None:
    runtime._used = PodUsage(PastTheApi(runtime._link, cluster), runtime._options.namespace)
    await start(runtime, 1, BUSY)
    await start(runtime, 2, IDLE)
    check(await measured(runtime))


async def test_without_rights_nothing_is_measured_and_each_reason_is_told(
    cluster: Cluster, options: KubernetesOptions, runtime: KubernetesRuntime
) -> None:
    await start(runtime, 1, IDLE)
    operator, user = cluster.api.operator, "shardwright"
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "get"]}]
    grant(operator, options.namespace, user, rules)
    limited = KubernetesOptions(namespace=options.namespace, kubeconfig=cluster.api.kubeconfig(user))
    access, other = KubernetesAccess(limited), KubernetesRuntime(limited, cluster="real")
    try:
        assert await other.usage("Thing") == {}, "nothing was seen yet, so nothing is to be measured"
        await other.observe("Thing")
        with pytest.raises(Unavailable, match=r"metrics\.k8s\.io.*the kubelet of 127\.0\.0\.1 .*forbidden"):
            await other.usage("Thing")
        (said,) = await access.measuring()
        assert "list pods of metrics.k8s.io" in said and "get nodes/proxy" in said
        grant(operator, None, user, [{"apiGroups": [""], "resources": ["nodes/proxy"], "verbs": ["get"]}])
        assert await access.measuring() == []
        # Now the API would pass it on, were the kubelet not on its own loopback.
        with pytest.raises(Unavailable, match="address not allowed"):
            await other.usage("Thing")
    finally:
        await access.close()
        await other.close()


async def test_the_metrics_api_says_what_pods_use_and_nothing_of_who_had_the_name_before(
    cluster: Cluster, runtime: KubernetesRuntime, tmp_path: Path
) -> None:
    await start(runtime, 1, BUSY)
    await start(runtime, 2, IDLE)
    server = metrics_server.own(cluster, tmp_path / "metrics")
    server.start()
    try:
        path = f"/apis/metrics.k8s.io/v1beta1/namespaces/{runtime._options.namespace}/pods"

        async def is_listed() -> bool:
            return len(cluster.api.operator.get(path)["items"]) == 2

        await until(is_listed, PATIENCE_S)
        check(await measured(runtime))
        await runtime.stop("Thing", 1, 1, grace_s=1)

        async def is_gone() -> bool:
            return await seen_of(runtime, 1) is None

        await until(is_gone, PATIENCE_S)
        await start(runtime, 1, BUSY, incarnation=2)
        # It still tells of the pod that was called so before.
        first = await runtime.usage("Thing")
        assert 1 not in first or first[1].incarnation == 2
        check(await measured(runtime), incarnation=2)
    finally:
        server.stop()


def grant(operator: object, namespace: str | None, user: str, rules: list[dict[str, object]]) -> None:
    name, scope = f"test-{secrets.token_hex(4)}", "" if namespace is None else f"namespaces/{namespace}/"
    kind = "ClusterRole" if namespace is None else "Role"
    base = f"/apis/rbac.authorization.k8s.io/v1/{scope}{kind.lower()}"
    who = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name}
    operator.create(f"{base}s", {"metadata": {"name": name}, "rules": rules})
    operator.create(f"{base}bindings", {"metadata": {"name": name}, "roleRef": role, "subjects": [who]})
