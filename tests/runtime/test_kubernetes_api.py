"""Pods on the real Kubernetes API: created once, ended exactly, told apart from those of others."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from orchestrator.errors import Permanent, Unavailable
from orchestrator.ports import Occupied, Phase, Rejected, Started
from orchestrator.runtime import mark, render
from orchestrator.runtime.kubernetes import KubernetesRuntime
from orchestrator.runtime.kubernetes_options import KubernetesOptions
from tests.runtime.kubelet import template
from tests.runtime.kubernetes_world import KubernetesWorld, spec_of
from tests.runtime.waiting import phase, seen_of


def foreign(name: str, **metadata: Any) -> dict[str, Any]:
    pod: dict[str, Any] = json.loads(template())
    pod["metadata"] = {"name": name, **metadata}
    return pod


async def test_a_pod_carries_who_it_is_where_people_look_and_where_nobody_can_change_it(
    world: KubernetesWorld,
) -> None:
    await world.runtime.ensure(spec_of(3, 5))
    pod = world.operator.get(f"{world.pods}/iota-dac-3")
    labels = pod["metadata"]["labels"]
    assert labels[render.MANAGED_BY] == render.MANAGER
    assert (labels[render.KIND], labels[render.SHARD], labels[render.INCARNATION]) == ("Thing", "3", "5")
    variables = {one["name"]: one.get("value") for one in pod["spec"]["containers"][0]["env"]}
    assert variables["INSTANCE_ID"] == "3"
    assert mark.parse(variables[mark.VARIABLE] or "") is not None


async def test_every_field_of_a_template_arrives(world: KubernetesWorld) -> None:
    wanted = {
        "terminationGracePeriodSeconds": 7,
        "schedulingGates": [{"name": "example.com/held"}],
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "zone",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": {"app": "x"}},
                "matchLabelKeys": ["shardwright/revision"],
            }
        ],
        "resources": {"limits": {"cpu": "1", "memory": "64Mi"}},
        "volumes": [{"name": "scratch", "emptyDir": {"sizeLimit": "64Mi"}}],
    }
    world.kubelet.asleep.set()
    assert (
        await world.runtime.ensure(spec_of(3, 1, template({"note": "größer als ☃"}, **wanted))) == Started()
    )
    pod = world.operator.get(f"{world.pods}/iota-dac-3")
    assert pod["metadata"]["annotations"]["note"] == "größer als ☃"
    sent = pod["spec"]
    for name in ("terminationGracePeriodSeconds", "schedulingGates"):
        assert sent[name] == wanted[name]
    assert sent["volumes"][0] == wanted["volumes"][0]  # type: ignore[index]
    assert sent["resources"]["limits"] == wanted["resources"]["limits"]  # type: ignore[index]
    assert sent["topologySpreadConstraints"][0]["matchLabelKeys"] == ["shardwright/revision"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (template(terminationGracePeriodSecond=3), 'unknown field "spec.terminationGracePeriodSecond"'),
        (template(restartPolicy="Sometimes"), "Sometimes"),
        (template(terminationGracePeriodSeconds="soon"), "terminationGracePeriodSeconds"),
        (template(containers=[{"name": "A", "image": ""}]), "spec.containers[0].name"),
        (template(serviceAccountName="nobody"), "nobody"),
        ("kind: [", "not YAML"),
    ],
)
async def test_a_template_that_is_refused_is_rejected_in_the_words_of_the_api(
    world: KubernetesWorld, text: str, said: str
) -> None:
    result = await world.runtime.ensure(spec_of(3, 1, text))
    assert isinstance(result, Rejected)
    assert said in result.detail
    assert await world.runtime.observe("Thing") == []


async def test_a_pod_of_somebody_else_under_our_name_is_never_touched(world: KubernetesWorld) -> None:
    theirs = world.operator.create(world.pods, foreign("iota-dac-3"))
    result = await world.runtime.ensure(spec_of(3, 1))
    assert isinstance(result, Rejected)
    assert "iota-dac-3" in result.detail
    await world.runtime.stop("Thing", 3, 1, grace_s=1)
    await world.runtime.stop("Thing", 3, 0, grace_s=1)
    assert await world.runtime.observe("Thing") == []
    left = world.operator.get(f"{world.pods}/iota-dac-3")["metadata"]
    assert left["uid"] == theirs["metadata"]["uid"]
    assert "deletionTimestamp" not in left


async def test_a_pod_of_another_installation_is_somebody_elses(world: KubernetesWorld) -> None:
    other = KubernetesRuntime(world.options, cluster="another")
    try:
        await other.ensure(spec_of(3, 1))
        assert await world.runtime.observe("Thing") == []
        assert isinstance(await world.runtime.ensure(spec_of(3, 1)), Rejected)
        await world.runtime.stop("Thing", 3, 1, grace_s=1)
        assert await seen_of(other, 3) is not None
    finally:
        await other.close()


async def test_two_kinds_with_one_instance_name_are_told_so(world: KubernetesWorld) -> None:
    await world.runtime.ensure(spec_of(3, 1, kind="Rule"))
    result = await world.runtime.ensure(spec_of(3, 1, kind="Thing"))
    assert isinstance(result, Rejected)
    assert "shard 3 of Rule" in result.detail


async def test_a_pod_whose_labels_were_changed_is_still_seen_and_stopped(world: KubernetesWorld) -> None:
    await world.runtime.ensure(spec_of(3, 5))
    before = await phase(world.runtime, 3, Phase.RUNNING)
    none = dict.fromkeys((render.MANAGED_BY, render.CLUSTER, render.KIND))
    changed = {"metadata": {"labels": {**none, render.SHARD: "9", render.INCARNATION: "1"}}}
    world.kubelet.patch(f"{world.pods}/iota-dac-3", changed)
    assert await seen_of(world.runtime, 3) == before
    assert isinstance(await world.runtime.ensure(spec_of(3, 6)), Occupied)
    await world.runtime.stop("Thing", 3, 5, grace_s=1)
    await phase(world.runtime, 3, Phase.ENDED, None)


async def test_a_pod_without_a_mark_counts_by_its_labels(world: KubernetesWorld) -> None:
    labels = render.labels(spec_of(4, 2), cluster=world.cluster)
    world.operator.create(world.pods, foreign("orphan", labels=labels))
    seen = await seen_of(world.runtime, 4)
    assert seen is not None
    assert seen.incarnation == 2
    await world.runtime.stop("Thing", 4, 2, grace_s=1)
    await phase(world.runtime, 4, None)


async def test_a_higher_incarnation_is_never_replaced_even_when_it_has_ended(world: KubernetesWorld) -> None:
    await world.start_ending(3, 6, "bye")
    await phase(world.runtime, 3, Phase.ENDED)
    result = await world.runtime.ensure(spec_of(3, 5))
    assert isinstance(result, Occupied)
    assert result.incarnation == 6


async def test_a_stop_never_ends_the_pod_that_took_the_name_since(world: KubernetesWorld) -> None:
    await world.runtime.ensure(spec_of(3, 1))
    await phase(world.runtime, 3, Phase.RUNNING)
    world.operator.delete(f"{world.pods}/iota-dac-3", grace=0)
    other = KubernetesRuntime(world.options, cluster=world.cluster)
    try:
        assert await other.ensure(spec_of(3, 2)) == Started()
        # It still knows the first one; without its UID this would end the second.
        await world.runtime.stop("Thing", 3, 1, grace_s=1)
        assert "deletionTimestamp" not in world.operator.get(f"{world.pods}/iota-dac-3")["metadata"]
    finally:
        await other.close()


async def test_a_stop_finds_the_pod_that_another_made_of_the_same_incarnation(world: KubernetesWorld) -> None:
    await world.runtime.ensure(spec_of(3, 1))
    await phase(world.runtime, 3, Phase.RUNNING)
    world.operator.delete(f"{world.pods}/iota-dac-3", grace=0)
    other = KubernetesRuntime(world.options, cluster=world.cluster)
    try:
        assert await other.ensure(spec_of(3, 1)) == Started()
        await phase(other, 3, Phase.RUNNING)
        await world.runtime.stop("Thing", 3, 1, grace_s=1)
        await phase(other, 3, Phase.ENDED, None)
    finally:
        await other.close()


async def test_a_stop_gives_a_grace_of_a_second_at_least(world: KubernetesWorld) -> None:
    await world.start_deaf(3, 1)
    await world.runtime.stop("Thing", 3, 1, grace_s=0)
    assert world.operator.get(f"{world.pods}/iota-dac-3")["metadata"]["deletionGracePeriodSeconds"] == 1


async def test_a_pod_is_there_until_its_kubelet_says_otherwise(world: KubernetesWorld) -> None:
    await world.runtime.ensure(spec_of(3, 1))
    await phase(world.runtime, 3, Phase.RUNNING)
    world.kubelet.asleep.set()
    await world.runtime.stop("Thing", 3, 1, grace_s=1)
    await asyncio.sleep(1.5)
    seen = await seen_of(world.runtime, 3)
    assert seen is not None
    assert seen.phase is Phase.STOPPING
    assert isinstance(await world.runtime.ensure(spec_of(3, 2)), Occupied)


async def test_force_forgets_a_pod_that_does_not_end(world: KubernetesWorld) -> None:
    await world.runtime.ensure(spec_of(3, 1))
    await phase(world.runtime, 3, Phase.RUNNING)
    world.kubelet.asleep.set()
    await world.runtime.stop("Thing", 3, 1, grace_s=1)
    seen = await seen_of(world.runtime, 3)
    assert seen is not None
    await world.runtime.force("Thing", 3, "another")
    assert await seen_of(world.runtime, 3) is not None
    await world.runtime.force("Thing", 3, seen.uid)
    await world.runtime.force("Thing", 3, seen.uid)
    assert await seen_of(world.runtime, 3) is None


async def test_an_instance_that_ended_makes_room_for_the_next(world: KubernetesWorld) -> None:
    await world.start_ending(3, 1, "bye")
    await phase(world.runtime, 3, Phase.ENDED)
    assert await world.runtime.ensure(spec_of(3, 2)) == Started()
    seen = await phase(world.runtime, 3, Phase.RUNNING)
    assert seen is not None
    assert seen.incarnation == 2


async def test_an_end_is_kept_for_a_while_and_then_cleared_away(world: KubernetesWorld) -> None:
    await world.start_ending(3, 1, "bye")
    await phase(world.runtime, 3, Phase.ENDED)
    await world.runtime.stop("Thing", 3, 1, grace_s=1)
    assert await world.runtime.logs("Thing", 3, lines=1) == ["bye"]
    now, ahead = [time.monotonic()], [0.0]
    other = KubernetesRuntime(
        world.options,
        cluster=world.cluster,
        wall=lambda: time.time() + ahead[0],
        monotonic=lambda: now[0],
    )
    try:
        assert (await phase(other, 3, Phase.ENDED)) is not None
        now[0] += world.options.ended_kept_s - 1
        # Set meanwhile, the wall clock has no say in it.
        ahead[0] = 2 * world.options.ended_kept_s
        assert len(await other.observe("Thing")) == 1
        now[0] += 2
        assert await other.observe("Thing") == []
    finally:
        await other.close()
    assert world.operator.find(f"{world.pods}/iota-dac-3") is None


async def test_all_pages_of_a_long_list_are_read(world: KubernetesWorld) -> None:
    world.kubelet.asleep.set()
    options = KubernetesOptions(namespace=world.namespace, kubeconfig=world.options.kubeconfig, page=3)
    runtime = KubernetesRuntime(options, cluster=world.cluster)
    try:
        await asyncio.gather(*(runtime.ensure(spec_of(shard)) for shard in range(10)))
        assert [seen.shard for seen in await runtime.observe("Thing")] == list(range(10))
    finally:
        await runtime.close()


async def test_logs_are_the_last_lines_of_the_first_container(world: KubernetesWorld) -> None:
    assert await world.runtime.logs("Thing", 3, lines=5) == []
    await world.start_ending(3, 1, '{"kind": "Status", "level": "info"}')
    await phase(world.runtime, 3, Phase.ENDED)
    other = KubernetesRuntime(world.options, cluster=world.cluster)
    try:
        assert await other.logs("Thing", 3, lines=2) == ["line 49", '{"kind": "Status", "level": "info"}']
        assert await other.logs("Thing", 3, lines=0) == []
    finally:
        await other.close()


async def test_a_pod_that_has_not_begun_has_written_nothing(world: KubernetesWorld) -> None:
    world.kubelet.asleep.set()
    await world.runtime.ensure(spec_of(3, 1))
    assert await world.runtime.logs("Thing", 3, lines=5) == []


async def test_after_closing_every_call_says_so_and_pods_live_on(world: KubernetesWorld) -> None:
    await world.runtime.ensure(spec_of(3, 1))
    await world.runtime.close()
    await world.runtime.close()
    with pytest.raises(Unavailable, match="closed"):
        await world.runtime.observe("Thing")
    assert world.operator.find(f"{world.pods}/iota-dac-3") is not None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"namespace": "a/b"}, "a/b"),
        ({"request_timeout_s": 0}, "request timeout"),
        ({"relist_s": 0.1}, "listing pods"),
        ({"workers": 0}, "calls at once"),
        ({"page": 0}, "pods in one answer"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(Permanent, match=said):
        KubernetesOptions(**{"namespace": "one", **wrong})
