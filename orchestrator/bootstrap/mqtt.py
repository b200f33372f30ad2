"""What the configuration says of the MQTT broker, as clients take it."""

from __future__ import annotations

from notify.endpoint import Endpoint, Tls
from orchestrator.settings.server import Mqtt
from orchestrator.settings.tls import Tls as TlsSettings


def endpoint_of(settings: Mqtt) -> Endpoint:
    """The broker that is named. Raises ConfigError when the file of its password cannot be read."""
    return Endpoint(
        host=settings.host,
        port=settings.port,
        username=settings.username or None,
        password=settings.given_password(),
        topic=settings.topic,
        tls=_tls(settings.tls) if settings.tls is not None else None,
    )


def _tls(settings: TlsSettings) -> Tls:
    files = {name: str(path) for name, path in settings.files}
    return Tls(
        ca_file=files.get("ca"),
        certificate_file=files.get("certificate"),
        key_file=files.get("key"),
        check_hostname=settings.check_hostname,
    )
