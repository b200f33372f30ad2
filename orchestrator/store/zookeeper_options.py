"""How to reach ZooKeeper, and as whom."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from orchestrator.errors import Permanent
from orchestrator.store.layout import ROOT
from orchestrator.tls import client_context


@dataclass(frozen=True, slots=True, kw_only=True)
class ZookeeperTls:
    """``ca``: the only authority that is trusted, in PEM; None: those of the system.

    ``certificate`` and ``key``: with which to prove who we are, where the servers ask for it.
    """

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    key_password: str | None = field(default=None, repr=False)
    check_hostname: bool = True

    def context(self) -> ssl.SSLContext:
        """Raises Permanent, which names the file that cannot be used."""
        return client_context(
            self.ca, self.certificate, self.key, self.key_password, check_hostname=self.check_hostname
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ZookeeperOptions:
    """``hosts``: ``name:port`` of each server, separated by commas.

    ``session_timeout_s``: asked for; the servers may grant another one.
    ``digest``: ``user:password``. ``sasl``: mechanism and its options, as pure-sasl takes them.
    ``private``: whether only we may use what we create; None: where we prove who we are by
    digest or SASL. ``readers``: who may read it all the same (``world:anyone``,
    ``digest:user:hash``), such as workers of the seed, which read their shard's documents.
    ``rebuild_after_s``: how long servers that can be reached may refuse our session before we
    begin a new one; servers without their data refuse it for ever.
    """

    hosts: str
    session_timeout_s: float = 10.0
    root: str = ROOT
    digest: str | None = field(default=None, repr=False)
    sasl: Mapping[str, str] | None = field(default=None, repr=False)
    tls: ZookeeperTls | None = None
    private: bool | None = None
    readers: tuple[str, ...] = ()
    rebuild_after_s: float = 30.0

    def __post_init__(self) -> None:
        """Raises Permanent for what cannot be meant."""
        if "/" in self.hosts:
            raise Permanent(f"ZooKeeper's hosts are name:port, without a path: {self.hosts!r}; set the root")
        if not self.root.startswith("/") or self.root.endswith("/") or "//" in self.root:
            raise Permanent(f"ZooKeeper's root must be a path such as {ROOT}, not {self.root!r}")
        if not 0 < self.session_timeout_s <= 600:
            raise Permanent(f"a session timeout of {self.session_timeout_s} s is not between 0 and 600")
        for reader in self.readers:
            if ":" not in reader:
                raise Permanent(f"{reader!r} is not a scheme and an id, such as world:anyone")

    @property
    def is_private(self) -> bool:
        if self.private is not None:
            return self.private
        return self.digest is not None or self.sasl is not None
