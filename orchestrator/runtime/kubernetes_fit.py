"""Whether a namespace has room for pods that are still to be created, by its quotas and ranges. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from orchestrator.runtime.qos import QosClass, qos_class
from orchestrator.runtime.quantity import quantity, shown
from orchestrator.runtime.template import Manifest, unshared

Objects = Sequence[Mapping[str, Any]]
Amounts = dict[str, Fraction]

_COUNTS = ("pods", "count/pods")
_BOTH = ("requests", "limits")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """``instances``: how many pods of the manifest are still to be created. ``kind``: for the sentences."""

    kind: str
    manifest: Manifest
    instances: int


def fits(wanted: Sequence[Wanted], quotas: Objects, ranges: Objects) -> list[str]:
    """Why they do not fit, in sentences; empty when they do.

    ``quotas``, ``ranges``: the namespace's ResourceQuota and LimitRange objects. A quota with a
    selector of priority classes is not considered.
    """
    filled = [(one, with_defaults(one.manifest, ranges)) for one in wanted if one.instances > 0]
    said = [sentence for one, pod in filled for sentence in _out_of_range(one.kind, pod, ranges)]
    for quota in quotas:
        said += _over_quota(quota, [(one, pod) for one, pod in filled if _is_meant(quota, pod)])
    return said


def with_defaults(manifest: Manifest, ranges: Objects) -> Manifest:
    """A copy with the requests and limits that the API would fill in for containers that have none."""
    pod: Manifest = unshared(manifest)
    for container in _containers(pod):
        resources = container.setdefault("resources", {})
        requests, limits = (resources.setdefault(part, {}) for part in _BOTH)
        for limit in _limits(ranges, "Container"):
            for resource, value in (limit.get("default") or {}).items():
                limits.setdefault(resource, value)
            for resource, value in (limit.get("defaultRequest") or {}).items():
                if resource not in requests and not _is_own(manifest, container, resource):
                    requests.setdefault(resource, value)
        for resource, value in limits.items():
            requests.setdefault(resource, value)
    return pod


def uses(pod: Manifest) -> Amounts:
    """What a pod counts for, by the names that quotas give it."""
    spec = pod["spec"]
    total: Amounts = {}
    for part in _BOTH:
        amounts = _sum(_amounts(one, part) for one in spec.get("containers", []))
        for init in spec.get("initContainers") or []:
            # They run one after the other, before the containers do.
            for resource, amount in _amounts(init, part).items():
                amounts[resource] = max(amounts.get(resource, amount), amount)
        amounts.update(_amounts(spec, part))
        extra = {
            name: found for name, value in (spec.get("overhead") or {}).items() if (found := quantity(value))
        }
        for resource, amount in _sum([amounts, extra]).items():
            total[f"{part}.{resource}"] = amount
            if part == "requests":
                total[resource] = amount
    return {**total, **dict.fromkeys(_COUNTS, Fraction(1))}


def _over_quota(quota: Mapping[str, Any], pods: list[tuple[Wanted, Manifest]]) -> Iterator[str]:
    name = quota["metadata"]["name"]
    hard = (quota.get("status") or {}).get("hard") or quota.get("spec", {}).get("hard") or {}
    used = (quota.get("status") or {}).get("used") or {}
    for resource, value in sorted(hard.items()):
        most, taken = quantity(value), quantity(used.get(resource, "0")) or Fraction(0)
        if most is None or not _counts_pods(resource):
            continue
        need = Fraction(0)
        for one, pod in pods:
            each = uses(pod).get(resource)
            if each is None:
                yield f"Quota {name} counts {resource}: every container of {one.kind} must say how much."
                break
            need += each * one.instances
        else:
            if need > most - taken:
                room, all_of_it = shown(max(most - taken, Fraction(0)), resource), shown(most, resource)
                yield (
                    f"Quota {name} has room for {resource} {room} of {all_of_it};"
                    f" {_named(pods)} need {shown(need, resource)}."
                )


def _out_of_range(kind: str, pod: Manifest, ranges: Objects) -> Iterator[str]:
    of_pod = {"resources": {part: _of_uses(uses(pod), part) for part in _BOTH}}
    for limit, what, holders in (
        *((limit, "a container", list(_containers(pod))) for limit in _limits(ranges, "Container")),
        *((limit, "the pod", [of_pod]) for limit in _limits(ranges, "Pod")),
    ):
        for bound, part in (("min", "requests"), ("max", "limits")):
            for resource, value in (limit.get(bound) or {}).items():
                allowed = quantity(value)
                for holder in holders:
                    has = _amounts(holder, part).get(resource)
                    if allowed is None or (has is not None and _is_within(has, allowed, bound)):
                        continue
                    has_said = "none" if has is None else shown(has, resource)
                    yield (
                        f"The namespace's LimitRange has {bound} {resource} {shown(allowed, resource)} for"
                        f" {what}; {kind} has {part}.{resource} {has_said}."
                    )


def _is_within(has: Fraction, allowed: Fraction, bound: str) -> bool:
    return has >= allowed if bound == "min" else has <= allowed


def _is_meant(quota: Mapping[str, Any], pod: Manifest) -> bool:
    spec = quota.get("spec", {})
    best_effort = qos_class(pod) is QosClass.BEST_EFFORT
    terminating = pod["spec"].get("activeDeadlineSeconds") is not None
    holds = {
        "BestEffort": best_effort,
        "NotBestEffort": not best_effort,
        "Terminating": terminating,
        "NotTerminating": not terminating,
    }
    return not spec.get("scopeSelector") and all(
        holds.get(scope, False) for scope in spec.get("scopes") or []
    )


def _counts_pods(resource: str) -> bool:
    return resource in (*_COUNTS, "cpu", "memory", "ephemeral-storage") or (
        resource.startswith(("requests.", "limits."))
        and not resource.endswith(".storage")
        and resource != "requests.storage"
        and ".storageclass." not in resource
    )


def _is_own(manifest: Manifest, container: Mapping[str, Any], resource: str) -> bool:
    """Whether the container's author gave a limit: it is the request then, before any default is."""
    return any(
        one.get("name") == container.get("name")
        and resource in ((one.get("resources") or {}).get("limits") or {})
        for one in _containers(manifest)
    )


def _containers(pod: Manifest) -> Iterator[dict[str, Any]]:
    for part in ("initContainers", "containers"):
        yield from pod["spec"].get(part) or []


def _limits(ranges: Objects, kind: str) -> Iterator[Mapping[str, Any]]:
    for one in ranges:
        yield from (limit for limit in one.get("spec", {}).get("limits") or [] if limit.get("type") == kind)


def _amounts(holder: Mapping[str, Any], part: str) -> Amounts:
    values = (holder.get("resources") or {}).get(part) or {}
    found = {
        name: value if isinstance(value, Fraction) else quantity(value) for name, value in values.items()
    }
    return {name: amount for name, amount in found.items() if amount is not None}


def _of_uses(amounts: Amounts, part: str) -> Amounts:
    return {name.partition(".")[2]: amount for name, amount in amounts.items() if name.startswith(f"{part}.")}


def _sum(parts: Iterator[Amounts] | list[Amounts]) -> Amounts:
    total: Amounts = {}
    for part in parts:
        for name, amount in part.items():
            total[name] = total.get(name, Fraction(0)) + amount
    return total


def _named(pods: list[tuple[Wanted, Manifest]]) -> str:
    return " and ".join(f"{one.instances} instances of {one.kind}" for one, _ in pods)
