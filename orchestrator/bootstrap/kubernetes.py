"""What the configuration says of Kubernetes, as the runtime takes it."""

from __future__ import annotations

from pathlib import Path

from orchestrator.errors import ConfigError
from orchestrator.runtime.kubernetes_options import KubernetesOptions
from orchestrator.settings.runtime import Kubernetes

OWN_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
"""Where a pod finds the name of the namespace that it runs in."""


def options_of(settings: Kubernetes, *, own: Path = OWN_NAMESPACE) -> KubernetesOptions:
    """Raises ConfigError without a namespace, and Permanent for what cannot be meant."""
    return KubernetesOptions(
        namespace=settings.namespace or _own_namespace(own),
        kubeconfig=settings.kubeconfig.expanduser() if settings.kubeconfig is not None else None,
        context=settings.context,
        request_timeout_s=settings.request_timeout,
        relist_s=settings.relist,
    )


def _own_namespace(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(
            "runtime.kubernetes.namespace is not given, and the server runs in no pod, whose own it "
            "would be; give it, and runtime.kubernetes.kubeconfig"
        ) from exc
