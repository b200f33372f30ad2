"""Who comes under suspicion when instances crash, and who does not."""

from __future__ import annotations

from signal import SIGKILL, SIGSEGV, SIGTERM

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.model import Protocol
from orchestrator.core.poison.suspicion import COMPARED, Crash, common_cause, is_crash, suspect
from orchestrator.core.policy import PoisonPolicy
from orchestrator.runtime.census import _ending
from orchestrator.runtime.kubernetes_containers import ending
from orchestrator.runtime.kubernetes_phase import Node, found
from orchestrator.runtime.mark import Mark

POLICY = PoisonPolicy(after=3)
Blocks = tuple[tuple[str, ...], ...]


def crash(shard: int, *ids: str, at: float = 0.0, known: Blocks | None = None) -> Crash:
    return Crash(
        shard=shard,
        incarnation=int(at * 10) + 1,
        at=at,
        wall=at,
        lived=0.1,
        detail="exit code 1",
        held=(ids,),
        known=known,
    )


def loop(shard: int, *ids: str, times: int = 3, known: Blocks | None = None) -> list[Crash]:
    return [crash(shard, *ids, at=float(n), known=known) for n in range(times)]


def test_too_few_crashes_accuse_nobody() -> None:
    assert suspect(loop(1, "a", "b", times=2), POLICY) is None


def test_a_crash_loop_puts_what_was_held_in_every_crash_under_suspicion() -> None:
    crashes = [crash(1, "a", "b", "x"), crash(1, "b", "a", "y", at=1), crash(1, "a", "b", "z", at=2)]
    found = suspect(crashes, POLICY)
    assert found is not None
    assert (found.shard, found.first, found.everyone, found.moved) == (1, (), ("a", "b"), False)


def test_what_came_since_an_instance_lived_is_the_stronger_suspect() -> None:
    found = suspect(loop(1, "a", "b", "new", known=(("a", "b"),)), POLICY)
    assert found is not None
    assert (found.first, found.everyone) == (("new",), ("a", "b", "new"))


def test_an_id_that_took_several_instances_down_is_suspected_before_the_shard_crashes_often() -> None:
    crashes = [crash(1, "a", "x"), crash(1, "a", "x", at=1), crash(2, "b", "x", at=2)]
    found = suspect(crashes, POLICY)
    assert found is not None
    assert (found.shard, found.first, found.moved) == (2, ("x",), True)
    assert len(found.crashes) == 3


def test_of_ids_that_moved_those_that_were_with_the_most_instances_are_suspected() -> None:
    crashes = [
        crash(1, "a", "x", "w"),
        crash(2, "b", "x", "w", at=1),
        crash(3, "c", "x", at=2),
        crash(4, "d", "x", "w", at=3),
    ]
    found = suspect(crashes, POLICY)
    assert found is not None
    assert found.first == ("x",)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_planted_killer_is_among_the_suspects_whatever_else_crashes(data: st.DataObject) -> None:
    """Random histories: the killer moves or stays, and some shards crash for reasons of their own."""
    shards = data.draw(st.integers(4, 12))
    held = {n: {f"s{n}-{i}" for i in range(data.draw(st.integers(0, 20)))} for n in range(shards)}
    home, crashes = data.draw(st.integers(0, shards - 1)), []
    at = 0.0
    for _ in range(data.draw(st.integers(3, COMPARED))):
        at += 1.0
        if data.draw(st.booleans()):
            home = data.draw(st.integers(0, shards - 1))
        if data.draw(st.integers(0, 3)) == 0:
            other = data.draw(st.integers(0, shards - 1))
            if other != home:
                crashes.append(crash(other, *sorted(held[other]), at=at - 0.5))
        crashes.append(crash(home, *sorted(held[home] | {"killer"}), at=at))
    found = suspect(crashes, POLICY)
    assert found is not None
    assert "killer" in found.everyone
    if found.moved:
        assert found.first == ("killer",)


@given(st.integers(2, 40), st.integers(1, 4), st.integers(1, 50))
@settings(max_examples=100, deadline=None)
def test_a_kind_that_crashes_as_a_whole_has_a_cause_in_common(shards: int, times: int, count: int) -> None:
    held = {n: [f"s{n}-{i}" for i in range(count)] for n in range(shards)}
    crashes = [crash(n, *held[n], at=float(t)) for t in range(times) for n in range(shards)]
    assert "no id in common" in common_cause(crashes, shards)


def test_half_of_the_shards_or_one_id_with_all_of_them_is_no_common_cause() -> None:
    assert common_cause([crash(1, "a"), crash(2, "b")], active=4) == ""
    assert common_cause([crash(1, "a", "x"), crash(2, "b", "x")], active=2) == ""
    assert common_cause([crash(1, "a"), crash(2, "b")], active=3) != ""
    assert common_cause(loop(1, "a"), active=1) == ""


# --- what is a crash ---


def ended_pod(code: int, why: str = "Error", **status: str) -> dict[str, object]:
    state = {"terminated": {"exitCode": code, "reason": why}}
    return {
        "metadata": {"uid": "u", "creationTimestamp": None},
        "spec": {"containers": [{"name": "main"}], "nodeName": "n1"},
        "status": {"phase": "Failed", "containerStatuses": [{"name": "main", "state": state}], **status},
    }


@pytest.mark.parametrize("code", [1, 2, 42, 255, -SIGSEGV])
def test_a_process_that_fails_by_itself_has_crashed(code: int) -> None:
    assert is_crash(_ending(code), Protocol.V1)


@pytest.mark.parametrize("code", [0, 3, 4, 5, 6, -SIGTERM, -SIGKILL, None])
def test_an_end_that_was_asked_for_or_of_which_nothing_is_known_is_no_crash(code: int | None) -> None:
    assert not is_crash(_ending(code), Protocol.V1)


def test_a_worker_that_is_not_ours_may_crash_with_any_code() -> None:
    assert is_crash("exit code 3", Protocol.SEED)


@pytest.mark.parametrize("pod", [ended_pod(1), ended_pod(139), ended_pod(137, "OOMKilled")])
def test_a_container_that_fails_by_itself_has_crashed(pod: dict[str, object]) -> None:
    assert is_crash(ending(pod), Protocol.V1)


@pytest.mark.parametrize(
    "pod",
    [
        ended_pod(0, "Completed"),
        ended_pod(137),
        ended_pod(143),
        ended_pod(137, "OOMKilled", reason="Evicted", message="The node was low on resource: memory."),
        ended_pod(1, reason="NodeShutdown"),
    ],
)
def test_a_pod_that_its_node_or_somebody_ended_has_not_crashed(pod: dict[str, object]) -> None:
    assert not is_crash(ending(pod), Protocol.V1)


def test_a_pod_whose_node_is_gone_or_that_was_deleted_has_not_crashed() -> None:
    pod = {"metadata": {"uid": "u", "name": "p"}, "spec": {"nodeName": "n1"}, "status": {"phase": "Running"}}
    seen = found(pod, Mark("c", "Thing", 1, 1), Node.GONE).seen
    assert not is_crash(seen.detail, Protocol.V1)
    assert not is_crash("its pod was deleted, and how its containers ended was not seen", Protocol.V1)
    assert not is_crash("its pod was deleted", Protocol.V1)
