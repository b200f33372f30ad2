"""The quality of service of a pod: who is ended first when a node is short of memory. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from orchestrator.runtime.quantity import quantity
from orchestrator.runtime.template import Manifest

_COUNTED = ("cpu", "memory")


class QosClass(StrEnum):
    GUARANTEED = "Guaranteed"
    BURSTABLE = "Burstable"
    BEST_EFFORT = "BestEffort"


def qos_class(manifest: Manifest) -> QosClass:
    """The class by the requests and limits of CPU and memory, as the API computes it.

    A limit without a request is a request, too. What a LimitRange would fill in is not considered.
    """
    asked = list(_asked(manifest.get("spec", {})))
    if not any(requests or limits for requests, limits in asked):
        return QosClass.BEST_EFFORT
    if all(limits.keys() == set(_COUNTED) and {**limits, **requests} == limits for requests, limits in asked):
        return QosClass.GUARANTEED
    return QosClass.BURSTABLE


def qos_warning(manifest: Manifest) -> str | None:
    """What is to be known about a class that is not Guaranteed; None for one that is."""
    match qos_class(manifest):
        case QosClass.GUARANTEED:
            return None
        case QosClass.BURSTABLE:
            return (
                "The template's QoS class is Burstable: a node that is short of memory ends it before"
                " Guaranteed pods. Give every container limits for cpu and memory that equal its requests."
            )
        case QosClass.BEST_EFFORT:
            return (
                "The template's QoS class is BestEffort: it may use a whole node, and a node that is short of"
                " memory ends it first. Give every container requests and limits for cpu and memory."
            )


def _asked(spec: Manifest) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Requests and limits of the pod as a whole where it has any, else of each container."""
    if of_pod := spec.get("resources"):
        yield _amounts(of_pod)
        return
    for part in ("initContainers", "containers"):
        for container in spec.get(part) or []:
            yield _amounts(container.get("resources") or {})


def _amounts(resources: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    requests, limits = (
        {
            name: amount
            for name, value in (resources.get(part) or {}).items()
            if name in _COUNTED and (amount := quantity(value))
        }
        for part in ("requests", "limits")
    )
    return requests, limits
