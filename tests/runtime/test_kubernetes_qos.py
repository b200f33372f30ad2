"""The QoS class of a template, and amounts as Kubernetes writes them."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest

from orchestrator.runtime.qos import QosClass, qos_class, qos_warning
from orchestrator.runtime.quantity import quantity, shown
from tests.runtime.kubelet import template
from tests.services.kubernetes_api import shared

BOTH = {"cpu": "500m", "memory": "64Mi"}


def pod(*resources: Any, **spec: Any) -> dict[str, Any]:
    containers = [
        {"name": f"c{number}", "image": "worker:1", "resources": each}
        for number, each in enumerate(resources)
    ]
    made: dict[str, Any] = json.loads(template(containers=containers, **spec))
    return made


CASES = {
    "nothing": (pod({}), QosClass.BEST_EFFORT),
    "zero": (pod({"requests": {"cpu": "0"}}), QosClass.BEST_EFFORT),
    "other resources": (pod({"requests": {"ephemeral-storage": "1Gi"}}), QosClass.BEST_EFFORT),
    "limits": (pod({"limits": BOTH}), QosClass.GUARANTEED),
    "the same twice": (pod({"limits": BOTH, "requests": BOTH}), QosClass.GUARANTEED),
    "the same amount": (
        pod({"limits": {"cpu": "0.5", "memory": "65536Ki"}, "requests": BOTH}),
        QosClass.GUARANTEED,
    ),
    "requests": (pod({"requests": BOTH}), QosClass.BURSTABLE),
    "less than the limit": (pod({"limits": BOTH, "requests": {"cpu": "100m"}}), QosClass.BURSTABLE),
    "one of two resources": (pod({"limits": {"memory": "64Mi"}}), QosClass.BURSTABLE),
    "one of two containers": (pod({"limits": BOTH}, {}), QosClass.BURSTABLE),
    "an init container": (
        pod({"limits": BOTH}, initContainers=[{"name": "init", "image": "worker:1"}]),
        QosClass.BURSTABLE,
    ),
    "the pod as a whole": (pod({}, resources={"limits": BOTH, "requests": BOTH}), QosClass.GUARANTEED),
}


@pytest.mark.parametrize("case", CASES)
def test_the_class_is_the_one_that_the_api_gives(case: str) -> None:
    manifest, expected = CASES[case]
    cluster = shared()
    created = cluster.operator.create(
        f"/api/v1/namespaces/{cluster.namespace('qos')}/pods", {**manifest, "metadata": {"name": "one"}}
    )
    assert created["status"]["qosClass"] == expected
    assert qos_class(manifest) is expected


def test_whatever_is_not_guaranteed_is_warned_about() -> None:
    assert qos_warning(pod({"limits": BOTH})) is None
    assert "Burstable" in (qos_warning(pod({"requests": BOTH})) or "")
    assert "BestEffort" in (qos_warning(pod({})) or "")


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1", Fraction(1)),
        (2, Fraction(2)),
        (0.5, Fraction(1, 2)),
        ("250m", Fraction(1, 4)),
        ("1.5Gi", Fraction(3 * 2**29)),
        ("1e3", Fraction(1000)),
        ("2E", Fraction(2 * 10**18)),
        ("1Ki", Fraction(1024)),
        ("1k", Fraction(1000)),
        ("", None),
        ("1 Gi", None),
        ("lots", None),
        (True, None),
        (None, None),
    ],
)
def test_amounts_are_exact(text: object, amount: Fraction | None) -> None:
    assert quantity(text) == amount


def test_amounts_are_shown_as_people_write_them() -> None:
    assert shown(Fraction(3 * 2**29), "limits.memory") == "1536Mi"
    assert shown(Fraction(1, 4), "cpu") == "250m"
    assert shown(Fraction(20), "pods") == "20"
