"""What ``doctor`` asks of the real engines: can each be reached and used, as the server would use it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from orchestrator.cli.doctor.checks import installed
from orchestrator.cli.doctor.probing import Probe

if TYPE_CHECKING:
    from orchestrator.settings import Settings


def engine_probes(settings: Settings) -> Iterator[Probe]:
    """Those of each engine that is not embedded and whose package is here.

    The libraries are imported here, where no deadline runs.
    """
    if settings.store.engine == "zookeeper" and installed("kazoo"):
        from orchestrator.cli.doctor.zookeeper import zookeeper_probes

        yield from zookeeper_probes(settings.store.zookeeper)
    if not settings.mqtt.embedded:
        from orchestrator.cli.doctor.mqtt import mqtt_probe

        yield mqtt_probe(settings.mqtt)
    if settings.kafka.is_used and installed("kafka"):
        from orchestrator.cli.doctor.kafka import kafka_probe

        yield kafka_probe(settings.kafka)
    if settings.access.mode == "accounts" and settings.access.oidc is not None and installed("jwt"):
        from orchestrator.cli.doctor.oidc import oidc_probe

        yield oidc_probe(settings)
    if settings.runtime.engine == "kubernetes" and installed("kubernetes"):
        from orchestrator.cli.doctor.kubernetes import kubernetes_probes

        yield from kubernetes_probes(settings)
