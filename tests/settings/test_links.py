"""A link to another machine must be encrypted and verified; one on this machine need not be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestrator.errors import ConfigError
from orchestrator.settings import load, require_protected_links, unprotected_links
from orchestrator.settings.address import is_loopback


def found(**options: Any) -> list[str]:
    return unprotected_links(
        load(None, {}, {key.replace("__", "."): value for key, value in options.items()})
    )


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST.", "zk.localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]", "::ffff:127.0.0.1"],
)
def test_what_stays_on_this_machine_is_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["", "0.0.0.0", "::", "10.0.0.1", "127.0.0.1.example.org", "localhost.example.org", "1.0.0.127", "::2"],
)
def test_what_only_looks_like_this_machine_is_not(host: str) -> None:
    assert not is_loopback(host)


def test_the_defaults_have_no_link_that_leaves_this_machine() -> None:
    assert found() == []


def test_plain_engines_on_this_machine_are_allowed() -> None:
    links = found(
        store__engine="zookeeper",
        store__zookeeper__hosts="127.0.0.1:2181,[::1]:2182,localhost:2183",
        kafka__bootstrap=["127.0.0.1:9092"],
        mqtt__embedded=False,
        mqtt__host="localhost",
        catalog__url="postgresql+psycopg://u:p@127.0.0.1/iota",
        api__url="http://127.0.0.1:9000",
        worker__urls=["http://[::1]:9000"],
    )
    assert links == []


def test_one_server_elsewhere_is_enough() -> None:
    (link,) = found(store__engine="zookeeper", store__zookeeper__hosts="127.0.0.1:2181,10.0.0.7:2181")
    assert link.startswith("store.zookeeper.tls is not set: what goes to 10.0.0.7:2181")
    (link,) = found(kafka__bootstrap=["127.0.0.1:9092", "10.0.0.7:9092"])
    assert link.endswith("on the way to 10.0.0.7:9092; set it to ssl")


def test_what_is_not_used_is_not_judged() -> None:
    assert found(store__zookeeper__hosts="zk.example.org:2181") == []


def test_authorities_of_the_system_are_protection() -> None:
    assert found(kafka__bootstrap=["k.example.org:9093"], kafka__security="ssl") == []
    assert found(mqtt__embedded=False, mqtt__host="m.example.org", mqtt__tls={}) == []


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"api__host": "0.0.0.0"}, "api.host is 0.0.0.0"),
        ({"api__host": "node-7"}, "api.host is node-7"),
        ({"api__host": "0.0.0.0", "api__url": "http://127.0.0.1:8080"}, "api.host is 0.0.0.0"),
        ({"api__host": "0.0.0.0", "api__url": "http://node-7:8080"}, "api.url is http://node-7:8080"),
        ({"api__url": "HTTP://node-7:8080"}, "api.url is HTTP://node-7:8080"),
        ({"mqtt__host": "0.0.0.0"}, "mqtt.host is 0.0.0.0, where the embedded broker listens without TLS"),
    ],
)
def test_listening_to_the_network_in_the_clear_is_refused(options: dict[str, Any], named: str) -> None:
    (link,) = found(**options)
    assert link.startswith(named)


def test_a_server_behind_a_proxy_with_tls_may_listen_everywhere() -> None:
    assert found(api__host="0.0.0.0", api__url="https://shardwright.example.org") == []


VERIFIED = "sslmode=verify-full"


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////srv/catalog.db",
        f"postgresql+psycopg://u:p@db.example.org/iota?{VERIFIED}&sslrootcert=/ca.pem",
        f"postgresql://u@/iota?host=a.example.org:1&host=b.example.org&{VERIFIED}",
        "postgresql+psycopg:///iota",
        "postgresql+psycopg://u@/iota?host=/var/run/postgresql",
        "postgresql+psycopg://u:p%40example.org@localhost/iota",
        "mysql+pymysql://u:p@db.example.org/iota?ssl_ca=/ca.pem",
        "mysql+pymysql://u:p@db.example.org/iota?ssl_ca=/ca.pem&ssl_check_hostname=true",
        "mysql+pymysql://u:p@127.0.0.1/iota",
    ],
)
def test_a_database_that_proves_itself_or_is_here_is_protected(url: str) -> None:
    assert found(catalog__url=url) == []


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql+psycopg://u:p@db.example.org/iota", "has sslmode=prefer"),
        ("postgresql+psycopg://u:p@db.example.org/iota?sslmode=require", "has sslmode=require"),
        ("postgresql+psycopg://u:p@db.example.org/iota?sslmode=VERIFY-FULL", "has sslmode=VERIFY-FULL"),
        (f"postgresql+psycopg://u@db.example.org/i?{VERIFIED}&sslmode=disable", "has sslmode=disable"),
        ("postgresql+psycopg://u:p/w@db.example.org/iota", "that db.example.org is who answers"),
        ("postgresql+psycopg://u@localhost/iota?host=db.example.org", "that db.example.org is who answers"),
        ("postgresql+psycopg://u@localhost/iota?hostaddr=10.0.0.7", "that 10.0.0.7 is who answers"),
        ("postgresql+psycopg://u@/iota?host=127.0.0.1:1&host=b.example.org:1", "that b.example.org is"),
        ("postgresql+psycopg://u@[2001:db8::7]:5432/iota", "that 2001:db8::7 is who answers"),
        (f"postgresql+asyncpg://u@db.example.org/iota?{VERIFIED}", "by postgresql+asyncpg, of which it is"),
        ("mysql+pymysql://u:p@db.example.org/iota", "has no ssl_ca"),
        ("mysql+pymysql://u:p@db.example.org/iota?ssl_cert=/c.pem", "has no ssl_ca"),
        ("mysql+pymysql://u@db.example.org/i?ssl_ca=/c&ssl_check_hostname=0", "has ssl_check_hostname off"),
        ("mysql+pymysql://u@db.example.org/i?ssl_ca=/c&ssl_verify_cert=true", "has ssl_verify_cert"),
        ("mysql+pymysql://u@db.example.org/i?ssl_ca=/c&ssl_disabled=1", "has ssl_disabled"),
        ("mysql://u@db.example.org/iota?ssl_ca=/ca.pem", "goes to db.example.org by mysql"),
        ("oracle://u@db.example.org/iota", "goes to db.example.org by oracle"),
    ],
)
def test_a_database_that_does_not_prove_itself_is_refused(url: str, said: str) -> None:
    (link,) = found(catalog__url=url)
    assert link.startswith("catalog.url ") and said in link
    assert "u:p" not in link


def kubeconfig(folder: Path, cluster: str) -> dict[str, Any]:
    path = folder / "kubeconfig"
    path.write_text(
        f"""
        current-context: here
        contexts: [{{name: here, context: {{cluster: a, user: u}}}}, {{name: b, context: {{cluster: b}}}}]
        clusters: [{{name: a, cluster: {{{cluster}}}}}]
        """,
        encoding="utf-8",
    )
    return {
        "runtime.engine": "kubernetes",
        "runtime.kubernetes.namespace": "iota",
        "runtime.kubernetes.kubeconfig": path,
    }


@pytest.mark.parametrize(
    ("cluster", "said"),
    [
        ("server: https://k.example.org", None),
        ("server: http://127.0.0.1:8001", None),
        ("server: https://127.0.0.1:6443, insecure-skip-tls-verify: true", None),
        ("server: http://k.example.org", "is http://k.example.org, without TLS"),
        ("server: https://k.example.org, insecure-skip-tls-verify: true", "insecure-skip-tls-verify is set"),
        ("server: https://k.example.org, insecure-skip-tls-verify: 'yes'", "insecure-skip-tls-verify is set"),
    ],
)
def test_the_cluster_of_a_kubeconfig_must_prove_itself(
    tmp_path: Path, cluster: str, said: str | None
) -> None:
    links = unprotected_links(load(None, {}, kubeconfig(tmp_path, cluster)))
    assert len(links) == (said is not None)
    if said:
        assert said in links[0] and links[0].startswith("runtime.kubernetes.kubeconfig ")


@pytest.mark.parametrize(
    ("context", "text", "said"),
    [
        ("b", None, "has no cluster 'b'"),
        ("c", None, "has no context 'c'"),
        (None, "[]", "is no kubeconfig"),
        (None, "{", "cannot be read"),
        (None, "contexts: []", "has no current-context"),
        (None, "{current-context: a, contexts: 5}", "has no context 'a'"),
    ],
)
def test_a_kubeconfig_that_names_no_cluster_is_refused(
    tmp_path: Path, context: str | None, text: str | None, said: str
) -> None:
    options = kubeconfig(tmp_path, "server: https://k")
    if text is not None:
        Path(options["runtime.kubernetes.kubeconfig"]).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        unprotected_links(load(None, {}, {**options, "runtime.kubernetes.context": context}))


def test_the_flag_allows_what_would_be_refused() -> None:
    plain = {"kafka.bootstrap": ["k.example.org:9092"]}
    with pytest.raises(ConfigError, match=r"kafka\.security is plaintext"):
        require_protected_links(load(None, {}, plain))
    allowed = load(None, {}, {**plain, "allow_unprotected_links": True})
    require_protected_links(allowed)
    assert len(unprotected_links(allowed)) == 1
