"""What must be there before a server may start: protected links, and the files that are named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from orchestrator.errors import ConfigError
from orchestrator.settings.kubeconfig import Cluster, read_cluster
from orchestrator.settings.links import FLAG, databases, unprotected
from orchestrator.settings.model import Settings
from orchestrator.settings.tls import Tls


def require_protected_links(settings: Settings) -> None:
    """Raises ConfigError with a line for each link that is not protected, unless the flag allows it."""
    found = unprotected_links(settings)
    if found and not settings.allow_unprotected_links:
        raise ConfigError("\n".join([*found, f"where the network is trusted, {FLAG}: true lets it start"]))


def unprotected_links(settings: Settings) -> list[str]:
    """A sentence each, whatever the flag says. Raises ConfigError when the kubeconfig cannot be read."""
    return unprotected(settings, _cluster(settings))


def file_faults(settings: Settings) -> list[str]:
    """What is wrong with the files that hold secrets, certificates and the kubeconfig, a sentence each."""
    return [*_faults(_secrets(settings)), *_certificate_faults(settings), *_passfile_faults(settings)]


def _cluster(settings: Settings) -> Cluster | None:
    kubernetes = settings.runtime.kubernetes
    if settings.runtime.engine != "kubernetes" or kubernetes.kubeconfig is None:
        return None
    return read_cluster(kubernetes.kubeconfig, kubernetes.context)


def _secrets(settings: Settings) -> Iterator[Callable[[], object]]:
    """What reads each secret that is used."""
    yield settings.mqtt.given_password
    yield settings.kafka.given_password
    yield settings.store.zookeeper.given_password
    yield settings.worker.given_key
    yield settings.access.given_admin_password
    for at, tls in (("kafka.tls", settings.kafka.tls), ("store.zookeeper.tls", settings.store.zookeeper.tls)):
        if tls is not None:
            yield lambda at=at, tls=tls: tls.given_key_password(at)  # type: ignore[misc]
    yield lambda: _cluster(settings)


def _faults(readers: Iterator[Callable[[], object]]) -> Iterator[str]:
    for read in readers:
        try:
            read()
        except ConfigError as error:
            yield str(error)


def _certificate_faults(settings: Settings) -> Iterator[str]:
    sections: tuple[tuple[str, Tls | None], ...] = (
        ("mqtt.tls", settings.mqtt.tls),
        ("kafka.tls", settings.kafka.tls),
        ("store.zookeeper.tls", settings.store.zookeeper.tls),
    )
    oidc = settings.access.oidc
    if oidc is not None and oidc.ca is not None and (fault := _unreadable(oidc.ca.expanduser())):
        yield f"access.oidc.ca {oidc.ca} cannot be read: {fault}"
    own = settings.api.tls
    for name, path in (("certificate", own.certificate), ("key", own.key)) if own is not None else ():
        if fault := _unreadable(path.expanduser()):
            yield f"api.tls.{name} {path} cannot be read: {fault}"
    for at, tls in sections:
        for name, path in tls.files if tls is not None else ():
            if fault := _unreadable(path):
                yield f"{at}.{name} {path} cannot be read: {fault}"


def _unreadable(path: Path) -> str | None:
    try:
        text = path.read_bytes()
    except OSError as exc:
        return exc.strerror or str(exc)
    return None if b"-----BEGIN " in text else "it is not PEM"


def _passfile_faults(settings: Settings) -> Iterator[str]:
    """PostgreSQL's library passes such files over without a word that reaches us."""
    for key, database in databases(settings):
        given = database.option("passfile") if database.dialect == "postgresql" else None
        if given is None:
            continue
        try:
            mode = Path(given).stat().st_mode
        except OSError as exc:
            yield f"{key}: passfile {given} cannot be read: {exc.strerror or exc}"
            continue
        if mode & 0o077:
            yield (
                f"{key}: passfile {given} has mode {mode & 0o777:04o}, and PostgreSQL's library passes over "
                "one that others than its owner may read; give it mode 0600, or the password as PGPASSWORD"
            )
