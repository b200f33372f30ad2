"""Whether the cluster lets us run instances in the namespace, and whether those of each kind would fit."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from orchestrator.bootstrap.kubernetes import options_of
from orchestrator.cli.doctor.checks import Finding
from orchestrator.cli.doctor.probing import ANSWER_S, Probe
from orchestrator.errors import Unavailable
from orchestrator.runtime.kubernetes_access import KubernetesAccess, Namespace
from orchestrator.runtime.kubernetes_fit import Wanted
from orchestrator.runtime.kubernetes_options import KubernetesOptions
from orchestrator.runtime.qos import qos_warning
from orchestrator.runtime.template import Manifest, load
from orchestrator.settings import KindSettings, Settings

NAME = "kubernetes"
Bounds = tuple[list[str], Namespace, list[str], list[str]]
MEASURED = frozenset({"cpu", "memory"})


def kubernetes_probes(settings: Settings) -> Iterator[Probe]:
    """One for the namespace; the templates are judged without asking anybody."""
    mend = "correct runtime.kubernetes (kubeconfig, context, namespace), or see whether the API runs"
    yield Probe(name=NAME, ask=partial(_namespace, settings), mend=mend)
    for name, kind in settings.kinds.items():
        yield Probe(name=f"template {name}", ask=partial(_quality, name, kind), mend="correct the template")


def _namespace(settings: Settings) -> Iterator[Finding]:
    configured = options_of(settings.runtime.kubernetes)
    options = replace(configured, request_timeout_s=min(configured.request_timeout_s, ANSWER_S))
    lacking, bounds, unfit, unmeasured = asyncio.run(_asked(options, _wanted(settings)))
    for sentence in lacking:
        mend = "give the account the role of deploy/kubernetes/base/rbac.yaml in that namespace"
        yield Finding(name=NAME, ok=False, detail=sentence, mend=mend)
    if not lacking:
        level = bounds.level or "none"
        detail = f"namespace {options.namespace} may be used; Pod Security: {level}"
        yield Finding(name=NAME, ok=True, detail=detail)
    for sentence in unfit:
        mend = "raise the quota or the range, lower init_instances, or correct the template"
        yield Finding(name="kubernetes room", ok=False, detail=sentence, mend=mend)
    if bounds.unread:
        what = ", ".join(bounds.unread)
        yield Finding(
            name="kubernetes room",
            ok=None,
            detail=f"{what}: not read, so that nothing is known of what would not fit",
            mend="let the account get the namespace, and list its resourcequotas and limitranges",
        )
    sized = [name for name, kind in settings.kinds.items() if MEASURED & kind.elastic.capacity.keys()]
    for sentence in unmeasured if sized else ():
        yield Finding(
            name="kubernetes metrics",
            ok=None,
            detail=f"{sentence} It concerns {', '.join(sized)}.",
            mend="let the account list pods of metrics.k8s.io (deploy/kubernetes/base/rbac.yaml)",
        )
    if not bounds.level and "the namespace" not in bounds.unread:
        yield Finding(
            name="pod security",
            ok=True,
            detail=f"namespace {options.namespace} enforces no Pod Security level",
            mend=f"kubectl label namespace {options.namespace} pod-security.kubernetes.io/enforce=restricted",
            warns=True,
        )


async def _asked(options: KubernetesOptions, wanted: list[Wanted]) -> Bounds:
    access = KubernetesAccess(options)
    try:
        async with asyncio.timeout(ANSWER_S):
            lacking = await access.check()
            bounds = await access.namespace()
            unfit = [] if lacking else await access.fits(wanted)
            return lacking, bounds, unfit, await access.measuring()
    except TimeoutError as exc:
        raise Unavailable(f"Kubernetes did not answer within {ANSWER_S:g} s") from exc
    finally:
        await access.close()


def _wanted(settings: Settings) -> list[Wanted]:
    """The first instances of each kind; templates that cannot be used are told of elsewhere."""
    found: list[Wanted] = []
    for name, kind in settings.kinds.items():
        manifest = _manifest(kind)
        if manifest is not None:
            found.append(Wanted(kind=name, manifest=manifest, instances=kind.init_instances))
    return found


def _manifest(kind: KindSettings) -> Manifest | None:
    try:
        return load(kind.template_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _quality(name: str, kind: KindSettings) -> Iterator[Finding]:
    manifest = _manifest(kind)
    if manifest is None:
        return
    warning = qos_warning(manifest)
    said = warning or "its QoS class is Guaranteed"
    detail = f"{kind.template}: {said}"
    yield Finding(name=f"template {name}", ok=True, detail=detail, warns=warning is not None)
