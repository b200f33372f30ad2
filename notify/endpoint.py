"""Where the MQTT broker is, and what proves that it is the right one."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field

from orchestrator.errors import ConfigError

DEFAULT_TOPIC = "cm/notify"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """How the link is secured. Without ``ca_file`` the system's authorities are trusted.

    ``certificate_file`` and ``key_file`` identify this client. ``insecure_skip_verify`` accepts any
    certificate of the broker, and so gives no protection against a false one.
    """

    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None
    insecure_skip_verify: bool = False

    def context(self) -> ssl.SSLContext:
        """As the standard library takes it. Raises ConfigError for a file that cannot be used."""
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
            if self.certificate_file:
                context.load_cert_chain(self.certificate_file, self.key_file)
        except OSError as exc:
            files = ", ".join(name for name in (self.ca_file, self.certificate_file, self.key_file) if name)
            raise ConfigError(f"mqtt.tls: the files {files} cannot be used: {exc}") from exc
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.insecure_skip_verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A broker, the topic of the notifications, and the account to use."""

    host: str = "127.0.0.1"
    port: int = 1883
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    topic: str = DEFAULT_TOPIC
    tls: Tls | None = None

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"
