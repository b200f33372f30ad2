"""How to reach the brokers of the heartbeats, and as whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from heartbeat.kafka_socket import DIRECT
from orchestrator.errors import Permanent
from orchestrator.tls import client_context

SECURITY = ("plaintext", "ssl", "sasl_plaintext", "sasl_ssl")


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaOptions:
    """``bootstrap``: ``host:port`` of some brokers. ``security_protocol``: one of ``SECURITY``.

    ``ca``: the only authority that is trusted, in PEM; None: those of the system. ``certificate`` and
    ``key``: with which to prove who we are, where the brokers ask for it.
    ``window_s``: how far back beats are read at the start. ``canary_interval_s``: how often the channel is
    proven, which is also how far a wrong clock of a producer or a broker can shift a beat.
    ``rebuild_after_s``: how long the proof may fail before the clients are thrown away and built anew.
    """

    bootstrap: tuple[str, ...]
    topic: str = "HeartBeat"
    security_protocol: str = "plaintext"
    sasl_mechanism: str = "SCRAM-SHA-512"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    key_password: str | None = field(default=None, repr=False)
    check_hostname: bool = True
    window_s: float = 120.0
    canary_interval_s: float = 5.0
    rebuild_after_s: float = 30.0

    def __post_init__(self) -> None:
        """Raises Permanent for what cannot be meant."""
        if not self.bootstrap:
            raise Permanent("Kafka needs the host:port of at least one broker")
        if self.security_protocol not in SECURITY:
            raise Permanent(f"the security {self.security_protocol!r} is not one of {', '.join(SECURITY)}")
        if self.canary_interval_s <= 0 or self.window_s < 2 * self.canary_interval_s:
            raise Permanent(
                f"a canary every {self.canary_interval_s:g} s does not fit a window of {self.window_s:g} s; "
                "it must be positive and at most half of it"
            )

    @property
    def place(self) -> str:
        """The brokers, for people."""
        return ", ".join(self.bootstrap)

    def worker_environment(self, interval_s: float) -> dict[str, str]:
        """What tells our workers to beat here; never who we are: they sign in as their template says."""
        return {
            "SHARDWRIGHT_KAFKA_BOOTSTRAP": ",".join(self.bootstrap),
            "SHARDWRIGHT_KAFKA_TOPIC": self.topic,
            "SHARDWRIGHT_KAFKA_SECURITY": self.security_protocol,
            "SHARDWRIGHT_KAFKA_INTERVAL": f"{interval_s:g}",
        }

    def link(self) -> dict[str, Any]:
        """What every client is told of the link. Raises Permanent, which names the file of no use."""
        said: dict[str, Any] = {
            "bootstrap_servers": list(self.bootstrap),
            "security_protocol": self.security_protocol.upper(),
            "proxy_url": DIRECT,
        }
        if self.security_protocol.endswith("ssl"):
            said["ssl_context"] = client_context(
                self.ca, self.certificate, self.key, self.key_password, check_hostname=self.check_hostname
            )
        if self.security_protocol.startswith("sasl"):
            said |= {"sasl_mechanism": self.sasl_mechanism, "sasl_plain_username": self.username}
            said |= {"sasl_plain_password": self.password}
        return said
