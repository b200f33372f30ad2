"""The whole configuration, and what follows from it where a value was left open."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, PrivateAttr, model_validator

from orchestrator.settings.access import Access
from orchestrator.settings.address import is_loopback
from orchestrator.settings.alerts import Alerts
from orchestrator.settings.audit import Audit
from orchestrator.settings.kafka import Kafka
from orchestrator.settings.kind import USUAL, KindSettings
from orchestrator.settings.runtime import Runtime
from orchestrator.settings.section import Section, refuse
from orchestrator.settings.server import Api, Catalog, Journal, Log, Mqtt, Plans, Resync, Worker
from orchestrator.settings.store import Store
from orchestrator.settings.tracing import Tracing

KIND_NAME = r"[A-Za-z][A-Za-z0-9_.-]{0,62}"

DEFAULT_KINDS: dict[str, dict[str, Any]] = {"Thing": {}, "Rule": {}}


def _kind_name(value: str) -> str:
    if not re.fullmatch(KIND_NAME, value):
        raise ValueError("must be 1 to 63 of letters, digits, '_', '.', '-', beginning with a letter")
    return value


def _absolute(value: Path) -> Path:
    # Instances run in folders of their own: a relative path would mean another place there.
    return value.expanduser().absolute()


def same_name(name: str) -> str:
    """What a kind's name is compared by: case and punctuation do not tell two kinds apart."""
    return re.sub(r"[^a-z0-9]", "_", name.lower())


class Settings(Section):
    """Everything that is configured. ``data_dir`` is absolute."""

    _sources: dict[str, str] = PrivateAttr(default_factory=dict)

    data_dir: Annotated[Path, AfterValidator(_absolute)] = Path("data")
    allow_unprotected_links: bool = False
    api: Api = Api()
    access: Access = Access()
    mqtt: Mqtt = Mqtt()
    kafka: Kafka = Kafka()
    store: Store = Store()
    catalog: Catalog = Catalog()
    journal: Journal = Journal()
    audit: Audit = Audit()
    alerts: Alerts = Alerts()
    runtime: Runtime = Runtime()
    worker: Worker = Worker()
    resync: Resync = Resync()
    plans: Plans = Plans()
    log: Log = Log()
    tracing: Tracing = Tracing()
    kinds: Annotated[dict[Annotated[str, AfterValidator(_kind_name)], KindSettings], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _name_the_kinds(cls, value: Any) -> Any:
        """Give each kind what follows from its name; without kinds there are Thing and Rule."""
        if not isinstance(value, dict):
            return value
        kinds = value.get("kinds")
        if kinds is None:
            kinds = DEFAULT_KINDS
        if not isinstance(kinds, dict):
            return value
        return {**value, "kinds": {name: _named(str(name), section) for name, section in kinds.items()}}

    @model_validator(mode="after")
    def _agree(self) -> Self:
        refuse(
            f"access.mode is open and api.host is {self.api.host}, where others reach it; allowed: accounts, "
            "or 127.0.0.1 as api.host"
            if self.access.mode == "open" and not is_loopback(self.api.host)
            else None,
            *_twins("kinds {} have names that differ in case or punctuation only", self.kinds, same_name),
            *_twins(
                "kinds {} have the same instance_name", self.kinds, lambda k: self.kinds[k].instance_name
            ),
            *(
                f"worker.lease is {self.worker.lease:g}, allowed: two beats of kind {name} "
                f"({2 * kind.health.interval:g}) or more"
                for name, kind in self.kinds.items()
                if kind.protocol == "v1" and self.worker.lease < 2 * kind.health.interval
            ),
            *(fault for name, kind in self.kinds.items() for fault in _unheard(name, kind, self.kafka)),
        )
        return self

    @property
    def api_url(self) -> str | None:
        """The address that workers and links use; None while the port is any free one."""
        if self.api.url is not None:
            return self.api.url
        return self.listened_url(self.api.port) if self.api.port else None

    def listened_url(self, port: int) -> str:
        """An address of the server on this machine, where it listens at that port."""
        return local_url(self.api.host, port, encrypted=self.api.tls is not None)

    @property
    def store_path(self) -> Path:
        return _absolute(self.store.path) if self.store.path else self.data_dir / "store.db"

    @property
    def catalog_url(self) -> str:
        return self.catalog.url or f"sqlite:///{self.data_dir / 'catalog.db'}"

    @property
    def journal_url(self) -> str:
        return self.journal.url or f"sqlite:///{self.data_dir / 'journal.db'}"

    @property
    def audit_url(self) -> str:
        shared = self.audit.url or self.access.url or self.journal.url
        return shared or f"sqlite:///{self.data_dir / 'audit.db'}"

    @property
    def audit_is_required(self) -> bool:
        """Whether nothing may be changed where that cannot be written down."""
        return self.access.mode == "accounts" if self.audit.required is None else self.audit.required

    @property
    def access_url(self) -> str:
        """The database of users, tokens and sessions."""
        return self.access.url or self.journal.url or f"sqlite:///{self.data_dir / 'accounts.db'}"

    @property
    def admin_password_file(self) -> Path:
        """Where the password of the first user is kept when none is configured."""
        return self.data_dir / "admin-password"

    @property
    def fills_demo_catalog(self) -> bool:
        """Whether the catalog is our own one for trying out, to be filled when it is new."""
        return self.catalog.demo and self.catalog.url is None

    @property
    def server_file(self) -> Path:
        """Where a running server writes its addresses."""
        return self.data_dir / "server.json"

    @property
    def sources(self) -> dict[str, str]:
        """Where each value comes from, by its dotted key; empty where the settings were not read."""
        return self._sources

    @property
    def lock_file(self) -> Path:
        """Locked by the server that uses the embedded store, else the data folder; holds its process id."""
        folder = self.store_path.parent if self.store.engine == "sqlite" else self.data_dir
        return folder / "store.lock"

    @property
    def mqtt_password_file(self) -> Path:
        """Where the password of the embedded broker is kept when none is configured."""
        return self.data_dir / "mqtt-password"

    @property
    def ledger_dir(self) -> Path | None:
        """Where reference workers write ledgers; None when they do not, or run where our folders are not."""
        local = self.runtime.engine == "process"
        return self.runtime_dir / "ledger" if self.worker.ledger and local else None

    @property
    def runtime_dir(self) -> Path:
        """Where what belongs to local processes is kept; one folder for all replicas of a store."""
        return _absolute(self.runtime.directory) if self.runtime.directory else self.data_dir

    def kind_catalog_url(self, kind: str) -> str:
        """The database that lists the ids of the kind."""
        return self.kinds[kind].catalog_url or self.catalog_url


def local_url(host: str, port: int, *, encrypted: bool = False) -> str:
    """An address to reach a server that listens at ``host``; all interfaces are reached by loopback."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    scheme = "https" if encrypted else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _named(name: str, section: Any) -> Any:
    if isinstance(section, KindSettings) or not isinstance(section, dict | None):
        return section
    follows = {
        "table": name,
        "instance_name": same_name(name).replace("_", "-").strip("-")[:52],
        **USUAL.get(name, {}),
    }
    return {**follows, **{key: value for key, value in (section or {}).items() if value != ""}}


def _unheard(name: str, kind: KindSettings, kafka: Kafka) -> list[str]:
    """What keeps the beats of a kind from being heard where they decide on Kafka."""
    if not kind.beats_on_kafka:
        return []
    if not kafka.is_used:
        why = "whose workers beat on Kafka" if kind.protocol == "seed" else "and channel kafka"
        return [
            f"kinds.{name}.heart is true with protocol {kind.protocol.value}, {why}; give kafka.bootstrap, "
            "or set heart to false, and the runtime alone decides over their instances"
        ]
    if kafka.window < kind.health.deadline:
        return [
            f"kafka.window is {kafka.window:g}, allowed: health.deadline of kind {name} "
            f"({kind.health.deadline:g}) or more"
        ]
    # Proven more seldom, the channel would be too unsure to find anybody silent.
    most = (kind.health.deadline - kind.health.interval) / 4
    if kafka.canary_interval > most:
        return [
            f"kafka.canary_interval is {kafka.canary_interval:g}, allowed: a quarter of what health.deadline "
            f"leaves after health.interval of kind {name} ({most:g}) or less"
        ]
    return []


def _twins(sentence: str, kinds: dict[str, KindSettings], key: Any) -> list[str]:
    groups: dict[str, list[str]] = {}
    for name in kinds:
        groups.setdefault(key(name), []).append(name)
    return [sentence.format(" and ".join(names)) for names in groups.values() if len(names) > 1]
