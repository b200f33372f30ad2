"""Which links could be listened to or led astray: without TLS, or without proof of the other side.

What stays on this machine needs no protection. Nothing is read and nobody is asked: each is judged
by what is configured.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from orchestrator.settings.address import is_loopback, split
from orchestrator.settings.database import Database, parsed
from orchestrator.settings.kubeconfig import Cluster
from orchestrator.settings.model import Settings
from orchestrator.settings.tls import Tls

FLAG = "allow_unprotected_links"


def unprotected(settings: Settings, cluster: Cluster | None = None) -> list[str]:
    """A sentence for each such link: the key, the other side, what to set. The flag is not looked at.

    ``cluster``: what ``runtime.kubernetes.kubeconfig`` names; None when it is not used.
    """
    return [
        *_web(settings),
        *_mqtt(settings),
        *_kafka(settings),
        *_provider(settings),
        *_zookeeper(settings),
        *(_kubernetes(settings, cluster) if cluster is not None else ()),
        *_databases(settings),
    ]


def _provider(settings: Settings) -> Iterator[str]:
    oidc = settings.access.oidc
    for key, url in () if oidc is None else (("issuer", oidc.issuer), ("keys_url", oidc.keys_url)):
        if _is_open(url):
            yield (
                f"access.oidc.{key} is {url}: whoever answers in its place could let in anybody as anybody; "
                "set an https:// address"
            )


def _web(settings: Settings) -> Iterator[str]:
    api = settings.api
    given = [("api.url", api.url)] if api.url is not None else []
    given += [("worker.urls", url) for url in settings.worker.urls]
    for key, url in given:
        if _is_open(url):
            yield (
                f"{key} is {url}: what goes there can be read and changed on the way, the tokens of "
                "workers included; set an https:// address, of a proxy that ends TLS before the server"
            )
    if _is_open(settings.tracing.endpoint):
        yield (
            f"tracing.endpoint is {settings.tracing.endpoint}: the ids of resources can be read on the way; "
            "set an https:// address"
        )
    told = urlsplit(api.url or "").scheme == "https" or _is_open(api.url)
    if not is_loopback(api.host) and api.tls is None and not told:
        yield (
            f"api.host is {api.host}, where the server listens without TLS; give api.tls, or set api.host to "
            "127.0.0.1, or api.url to the https:// address of a proxy that ends TLS before the server"
        )


def _mqtt(settings: Settings) -> Iterator[str]:
    mqtt = settings.mqtt
    if is_loopback(mqtt.host):
        return
    if mqtt.embedded:
        yield (
            f"mqtt.host is {mqtt.host}, where the embedded broker listens without TLS and is sent passwords; "
            "set it to 127.0.0.1, or mqtt.embedded to false and mqtt.host to a broker that has TLS"
        )
    else:
        yield from _tls("mqtt.tls", mqtt.tls, f"{mqtt.host}:{mqtt.port}")


def _kafka(settings: Settings) -> Iterator[str]:
    kafka = settings.kafka
    remote = next((server for server in kafka.bootstrap if not is_loopback(split(server)[0])), None)
    if remote is None:
        return
    if kafka.is_encrypted:
        # Without a section of its own TLS has our defaults, which check the name.
        yield from _tls("kafka.tls", kafka.tls or Tls(), remote)
    else:
        what = "heartbeats" if kafka.security == "plaintext" else "heartbeats and the password"
        meant = "ssl" if kafka.security == "plaintext" else "sasl_ssl"
        yield (
            f"kafka.security is {kafka.security}: {what} can be read and changed on the way to {remote}; "
            f"set it to {meant}"
        )


def _zookeeper(settings: Settings) -> Iterator[str]:
    zookeeper = settings.store.zookeeper
    if settings.store.engine != "zookeeper":
        return
    servers = zip(zookeeper.hosts.split(","), zookeeper.servers, strict=True)
    remote = next((text for text, (host, _) in servers if not is_loopback(host)), None)
    if remote is not None:
        yield from _tls("store.zookeeper.tls", zookeeper.tls, remote)


def _kubernetes(settings: Settings, cluster: Cluster) -> Iterator[str]:
    at = f"runtime.kubernetes.kubeconfig {settings.runtime.kubernetes.kubeconfig}"
    server = urlsplit(cluster.server)
    if is_loopback(server.hostname or ""):
        return
    if server.scheme != "https":
        yield f"{at}: the cluster's server is {cluster.server}, without TLS; name its https:// address"
    elif not cluster.verifies:
        yield (
            f"{at}: insecure-skip-tls-verify is set, so that anybody could answer for {cluster.server}; "
            "remove it, and give certificate-authority"
        )


def databases(settings: Settings) -> Iterator[tuple[str, Database]]:
    """Each database that is not a file of this machine, with the key that names it."""
    given = [("catalog.url", settings.catalog.url), ("journal.url", settings.journal.url)]
    given += [("audit.url", settings.audit.url), ("access.url", settings.access.url)]
    given += [(f"kinds.{name}.catalog_url", kind.catalog_url) for name, kind in settings.kinds.items()]
    for key, url in given:
        database = parsed(url) if url is not None else None
        if database is not None:
            yield key, database


def _databases(settings: Settings) -> Iterator[str]:
    for key, database in databases(settings):
        if (remote := database.remote) is not None:
            yield from _database(key, database, remote)


def _database(key: str, database: Database, remote: str) -> Iterator[str]:
    match database.dialect, database.driver:
        case "postgresql", "" | "psycopg" | "psycopg_async" | "psycopg2":
            if database.option("sslmode") != "verify-full":
                yield (
                    f"{key} has sslmode={database.option('sslmode') or 'prefer'}, which does not prove that "
                    f"{remote} is who answers; set sslmode=verify-full, and sslrootcert to its authority"
                )
        case "mysql" | "mariadb", "pymysql":
            yield from _pymysql(key, database, remote)
        case _:
            yield (
                f"{key} goes to {remote} by {database.scheme}, of which it is not known here how it is "
                "protected; use postgresql+psycopg or mysql+pymysql"
            )


def _pymysql(key: str, database: Database, remote: str) -> Iterator[str]:
    # The driver puts what follows from these in the place of all other options, ssl_ca included.
    undoing = ("ssl_disabled", "ssl_verify_cert", "ssl_verify_identity", "ssl_key_password")
    if not (database.option("ssl_ca") or database.option("ssl_capath")):
        yield (
            f"{key} has no ssl_ca, so that the link to {remote} is not encrypted, or anybody could answer; "
            "set ssl_ca to the authority of the database"
        )
    elif (found := next((name for name in undoing if database.option(name) is not None), None)) is not None:
        yield f"{key} has {found}, with which the driver forgets ssl_ca for {remote}; remove it"
    elif (database.option("ssl_check_hostname") or "true").lower() not in ("true", "1", "yes", "on"):
        yield f"{key} has ssl_check_hostname off, so that others could answer for {remote}; remove it"


def _tls(key: str, tls: Tls | None, remote: str) -> Iterator[str]:
    if tls is None:
        yield (
            f"{key} is not set: what goes to {remote} can be read and changed on the way, passwords "
            f"included; set {key}.ca to the authority of the server, or {key} to {{}} for those of the system"
        )
    elif not tls.check_hostname:
        yield (
            f"{key}.check_hostname is false, so that others could answer for {remote}; "
            "set it to true, and have the name in the server's certificate"
        )


def _is_open(url: str | None) -> bool:
    parts = urlsplit(url or "")
    return parts.scheme == "http" and not is_loopback(parts.hostname or "")
