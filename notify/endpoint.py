"""Where the MQTT broker is, and what proves that it is the right one."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field

from orchestrator.errors import ConfigError

DEFAULT_TOPIC = "cm/notify"


class _ClosedWhenRefused(ssl.SSLSocket):
    """paho forgets a socket whose handshake failed, and it stays open until it is found by chance."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """How the link is secured. Without ``ca_file`` the system's authorities are trusted.

    ``certificate_file`` and ``key_file`` (without a passphrase) identify this client. Without
    ``check_hostname`` any certificate of the trusted authorities will do, whatever host it was made for.
    ``insecure_skip_verify`` accepts any certificate at all, and so gives no protection against a false one.
    """

    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None
    check_hostname: bool = True
    insecure_skip_verify: bool = False

    def context(self) -> ssl.SSLContext:
        """As the standard library takes it. Raises ConfigError for a file that cannot be used."""
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
            if self.certificate_file:
                # Without a passphrase of ours OpenSSL would ask for one on the terminal, and wait.
                context.load_cert_chain(self.certificate_file, self.key_file, password="")
        except OSError as exc:
            files = ", ".join(name for name in (self.ca_file, self.certificate_file, self.key_file) if name)
            raise ConfigError(f"mqtt.tls: the files {files} cannot be used: {exc}") from exc
        context.sslsocket_class = _ClosedWhenRefused
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.check_hostname = self.check_hostname
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
