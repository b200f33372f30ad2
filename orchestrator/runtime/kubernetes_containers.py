"""What the containers of a pod do and how they ended, in sentences. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from signal import Signals
from typing import Any

from orchestrator.runtime.kubernetes_identity import Pod

_BY_SIGNAL = 128
_MAX_SAID = 300


def is_over(pod: Pod) -> bool:
    """Whether no container of the pod runs, and none will again."""
    status = pod.get("status", {})
    states = list(_states(status))
    if any("running" in state for state in states):
        return False
    if status.get("phase") in ("Succeeded", "Failed"):
        return True
    spec = pod.get("spec", {})
    known = {one["name"]: one.get("state") or {} for one in status.get("containerStatuses") or []}
    ended = all("terminated" in known.get(one["name"], {}) for one in spec.get("containers", []))
    is_last = spec.get("restartPolicy") == "Never" or "deletionTimestamp" in pod.get("metadata", {})
    return ended and is_last


def is_running(pod: Pod) -> bool:
    return any("running" in (one.get("state") or {}) for one in _statuses(pod))


def started_at(pod: Pod) -> str | None:
    """When the first of those that run began."""
    times = [
        one["state"]["running"].get("startedAt") or ""
        for one in _statuses(pod)
        if "running" in (one.get("state") or {})
    ]
    return min(times, default="") or None


def finished_at(pod: Pod) -> str | None:
    """When the last container ended."""
    times = [end.get("finishedAt") or "" for _, end in _ends(pod)]
    return max(times, default="") or None


def ending(pod: Pod) -> str:
    """How the pod ended: the container that failed, else the first."""
    ends = sorted(_ends(pod), key=lambda end: end[1].get("exitCode", 0) == 0)
    status = pod.get("status", {})
    said = [": ".join(str(status[part]) for part in ("reason", "message") if status.get(part))]
    if ends:
        name, end = ends[0]
        several = len(pod.get("spec", {}).get("containers", [])) > 1
        said.insert(0, f"container {name}: {_end(end)}" if several else _end(end))
    return _short("; ".join(filter(None, said))) or "ended"


def waiting(pod: Pod) -> str:
    """What holds the containers up (``CrashLoopBackOff: back-off 40s``, exit code); empty when nothing."""
    for one in _statuses(pod, "initContainerStatuses", "containerStatuses"):
        held = (one.get("state") or {}).get("waiting")
        if not held or held.get("reason") in (None, "ContainerCreating", "PodInitializing"):
            continue
        said = ": ".join(filter(None, (held.get("reason"), held.get("message"))))
        last = (one.get("lastState") or {}).get("terminated")
        return _short(f"{said}; {_end(last)}" if last else said)
    return ""


def _statuses(pod: Pod, *parts: str) -> Iterator[dict[str, Any]]:
    status = pod.get("status", {})
    for part in parts or ("containerStatuses",):
        yield from status.get(part) or []


def _states(status: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for part in ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"):
        for one in status.get(part) or []:
            yield one.get("state") or {}


def _ends(pod: Pod) -> Iterator[tuple[str, dict[str, Any]]]:
    for one in _statuses(pod, "containerStatuses", "initContainerStatuses"):
        end = (one.get("state") or {}).get("terminated")
        if end:
            yield one["name"], end


def _end(end: dict[str, Any]) -> str:
    code = int(end.get("exitCode", 0))
    why = [Signals(code - _BY_SIGNAL).name] if code - _BY_SIGNAL in set(Signals) else []
    if end.get("reason") not in (None, "", "Error", "Completed"):
        why.append(str(end["reason"]))
    said = f"exit code {code}" + (f" ({', '.join(why)})" if why else "")
    message = " ".join(str(end.get("message") or "").split())
    return f"{said}; its last words: {message}" if message else said


def _short(text: str) -> str:
    return " ".join(text.split())[:_MAX_SAID]
