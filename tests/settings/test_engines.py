"""What cannot be meant for a real engine is refused, with the key, the value and what is allowed."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest

from orchestrator.errors import ConfigError
from orchestrator.settings import load, read, require_shared_folder


def faults(folder: Path, text: str) -> list[str]:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load(path, {})
    return [line.removeprefix(f"{path}:1: ").strip() for line in str(error.value).splitlines()]


ZOOKEEPER = "store: {engine: zookeeper, zookeeper: {%s}}"


@pytest.mark.parametrize(
    ("section", "fault"),
    [
        ("hosts: zk", "hosts is 'zk', must be host:port"),
        ("hosts: ''", "hosts is '', must be host:port"),
        ("hosts: 'a:2181,'", "hosts is 'a:2181,', must be host:port"),
        ("hosts: 'a:2181/iota'", "hosts is 'a:2181/iota', must be host:port"),
        ("hosts: 'a:0'", "hosts is 'a:0', must be host:port"),
        ("hosts: 'a:65536'", "hosts is 'a:65536', must be host:port"),
        ("hosts: '::1:2181'", "hosts is '::1:2181', must be host:port"),
        ("hosts: 5", "hosts is 5, allowed: text"),
        ("root: iota", "root is 'iota', must be a path"),
        ("root: /", "root is '/', must be a path"),
        ("root: /a/", "root is '/a/', must be a path"),
        ("root: /a//b", "root is '/a//b', must be a path"),
        ("root: /a/../b", "root is '/a/../b', must be a path"),
        ("root: /zookeeper/x", "root is '/zookeeper/x', must be a path"),
        ('root: "/a\\0"', "root is '/a\\x00', must be a path"),
        ("session_timeout: 0", "session_timeout is 0, allowed: 1 to 600"),
        ("session_timeout: 601", "session_timeout is 601, allowed: 1 to 600"),
        ("session_timeout: .inf", "session_timeout is inf, allowed: "),
        ("session_timeout: yes", "session_timeout is True, allowed: 1 to 600"),
        ("mechanism: gssapi", "mechanism is 'gssapi', allowed: none, digest or sasl"),
        ("mechanism: digest", "mechanism is digest, which needs store.zookeeper.username and a password"),
        ("mechanism: sasl, username: u", "mechanism is sasl, which needs store.zookeeper.username and a"),
        ("username: u, password: p", "username or password is given, and store.zookeeper.mechanism is none"),
        ("mechanism: digest, username: 'a:b', password: p", "username must be without ':'"),
        (
            "mechanism: sasl, username: u, password: p, password_file: f",
            "password and store.zookeeper.password_file are both given; keep one of them",
        ),
        ("mechanism: sasl, username: u, password: ''", "password is given, "),
        ("readers: [worker]", "readers.0 is 'worker', must be a scheme and an id"),
        ("readers: world", "readers is 'world', allowed: a list"),
        ("tls: true", "tls is True, allowed: a section of keys"),
        ("tls: {cа: x}", "tls.cа is not a setting"),
        ("tls: {key: k}", "tls.key is given without certificate; give both"),
        ("tls: {key_password: a, key_password_file: b}", "tls.key_password and key_password_file are both"),
        ("tls: {check_hostname: maybe}", "tls.check_hostname is 'maybe', allowed: true or false"),
    ],
)
def test_what_cannot_be_meant_for_zookeeper_is_refused(tmp_path: Path, section: str, fault: str) -> None:
    (told,) = faults(tmp_path, ZOOKEEPER % section)
    assert told.startswith(f"store.zookeeper.{fault}")


@pytest.mark.parametrize(
    ("section", "fault"),
    [
        ("bootstrap: [kafka]", "bootstrap.0 is 'kafka', must be host:port"),
        ("bootstrap: 'kafka:9092,x'", "bootstrap.1 is 'x', must be host:port"),
        ("bootstrap: [[a]]", "bootstrap.0 is ['a'], allowed: text"),
        ("topic: ''", "topic is '', must be 1 to 249 of"),
        ("topic: ..", "topic is '..', must be 1 to 249 of"),
        ("topic: 'Heart Beat'", "topic is 'Heart Beat', must be 1 to 249 of"),
        ("security: tls", "security is 'tls', allowed: plaintext, ssl, sasl_plaintext or sasl_ssl"),
        ("mechanism: GSSAPI", "mechanism is 'GSSAPI', allowed: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"),
        (
            "security: sasl_ssl, username: u",
            "security is sasl_ssl, which needs kafka.username and a password",
        ),
        ("security: ssl, username: u", "username or password is given, and kafka.security is ssl"),
        ("tls: {}", "tls is given, and kafka.security is plaintext; set it to ssl or sasl_ssl"),
        ("window: 0", "window is 0, allowed: more than 0 to 86400"),
        ("canary_interval: 61", "canary_interval is 61, allowed: half of kafka.window (60) or less"),
    ],
)
def test_what_cannot_be_meant_for_kafka_is_refused(tmp_path: Path, section: str, fault: str) -> None:
    (told,) = faults(tmp_path, f"kafka: {{{section}}}")
    assert told.startswith(f"kafka.{fault}")


@pytest.mark.parametrize(
    ("section", "fault"),
    [
        ("namespace: Iota", "namespace is 'Iota', must be 1 to 63 of"),
        ("namespace: ''", "namespace is '', must be 1 to 63 of"),
        ("context: c", "context is given without runtime.kubernetes.kubeconfig"),
        ("kubeconfig: k", "kubeconfig is given without runtime.kubernetes.namespace"),
        ("request_timeout: 0.5", "request_timeout is 0.5, allowed: 1 to 300"),
        ("relist: 4", "relist is 4, allowed: 5 to 3600"),
    ],
)
def test_what_cannot_be_meant_for_kubernetes_is_refused(tmp_path: Path, section: str, fault: str) -> None:
    (told,) = faults(tmp_path, f"runtime: {{engine: kubernetes, kubernetes: {{{section}}}}}")
    assert told.startswith(f"runtime.kubernetes.{fault}")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("runtime: {engine: docker}", "runtime.engine is 'docker', allowed: process or kubernetes"),
        ("store: {id: ''}", "store.id is '', "),
        ("mqtt: {tls: {}}", "mqtt.tls is given, which the embedded broker does not have"),
        ("worker: {key: a, key_file: b}", "worker.key and worker.key_file are both given"),
        ("worker: {urls: ['ftp://x']}", "worker.urls.0 is 'ftp://x', must be http(s)://host[:port]"),
        ("allow_unprotected_links: perhaps", "allow_unprotected_links is 'perhaps', allowed: true or false"),
        ("kinds: {A: {channel: mqtt}}", "kinds.A.channel is 'mqtt', allowed: http or kafka"),
        (
            "kinds: {A: {protocol: seed, channel: http}}",
            "kinds.A.channel is http with protocol seed, whose workers beat on Kafka; set it to kafka",
        ),
        (
            "{kafka: {bootstrap: 'a:1', window: 80}, kinds: {A: {protocol: seed}}}",
            "kafka.window is 80, allowed: health.deadline of kind A (90) or more",
        ),
        (
            "{kafka: {bootstrap: 'a:1', canary_interval: 2.6}, kinds: {A: {channel: kafka}}}",
            "kafka.canary_interval is 2.6, allowed: a quarter of what health.deadline leaves after "
            "health.interval of kind A (2.5) or less",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    (told,) = faults(tmp_path, text)
    assert told.startswith(fault)


def test_each_nested_key_can_be_set_by_the_environment() -> None:
    settings, values = read(
        None,
        {
            "SHARDWRIGHT_STORE__ENGINE": "zookeeper",
            "SHARDWRIGHT_STORE__ZOOKEEPER__HOSTS": "a:1, [::1]:2",
            "SHARDWRIGHT_STORE__ZOOKEEPER__READERS": "['world:anyone']",
            "SHARDWRIGHT_STORE__ZOOKEEPER__TLS__CA": "/ca.pem",
            "SHARDWRIGHT_STORE__ZOOKEEPER__TLS__CHECK_HOSTNAME": "false",
            "SHARDWRIGHT_STORE__ZOOKEEPER__TLS__KEY_PASSWORD": "hunter2",
            "SHARDWRIGHT_KAFKA__BOOTSTRAP": "a:1,b:2",
            "SHARDWRIGHT_KAFKA__SECURITY": "ssl",
            "SHARDWRIGHT_KAFKA__TLS": "{}",
            "SHARDWRIGHT_RUNTIME__KUBERNETES__NAMESPACE": "iota",
            "SHARDWRIGHT_WORKER__URLS": "http://a:1 http://b:2",
        },
    )
    zookeeper = settings.store.zookeeper
    assert zookeeper.servers == (("a", 1), ("::1", 2))
    assert zookeeper.hosts == "a:1,[::1]:2"
    assert zookeeper.readers == ("world:anyone",)
    assert zookeeper.tls is not None and not zookeeper.tls.check_hostname
    assert zookeeper.tls.given_key_password("store.zookeeper.tls") == "hunter2"
    assert settings.kafka.bootstrap == ("a:1", "b:2")
    assert settings.kafka.tls is not None and settings.kafka.tls.ca is None
    assert settings.worker.urls == ("http://a:1", "http://b:2")
    assert "hunter2" not in repr(values) + repr(settings)
    sources = {value.key: value.source for value in values}
    assert sources["store.zookeeper.tls.ca"] == "SHARDWRIGHT_STORE__ZOOKEEPER__TLS__CA"
    assert sources["store.zookeeper.tls.certificate"] == "default"


def test_a_misspelt_variable_of_a_section_that_may_be_null_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"SHARDWRIGHT_MQTT__TLS__CO: mqtt\.tls\.co is not a setting"):
        load(None, {"SHARDWRIGHT_MQTT__EMBEDDED": "false", "SHARDWRIGHT_MQTT__TLS__CO": "/ca.pem"})


@pytest.mark.parametrize("key", ["mqtt", "kafka", "store.zookeeper", "worker"])
def test_a_secret_is_read_from_its_file_and_a_file_without_one_is_refused(tmp_path: Path, key: str) -> None:
    name = "key" if key == "worker" else "password"
    account = {"kafka.security": "sasl_ssl", "kafka.username": "u"} if key == "kafka" else {}
    if key == "store.zookeeper":
        account = {f"{key}.mechanism": "sasl", f"{key}.username": "u"}
    file = tmp_path / "secret"
    settings = load(None, {}, {f"{key}.{name}_file": file, **account})
    section = settings
    for part in key.split("."):
        section = getattr(section, part)
    read_secret = getattr(section, f"given_{name}")
    file.write_text("hunter2\n", encoding="utf-8")
    assert read_secret() == "hunter2"
    file.write_text(" \n", encoding="utf-8")
    with pytest.raises(ConfigError, match=f"{name}_file {file} is empty"):
        read_secret()
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=f"{name}_file {file} cannot be read"):
        read_secret()


@pytest.mark.parametrize("key", ["kafka.password", "store.zookeeper.tls.key_password", "worker.key"])
def test_a_secret_that_is_wrong_is_not_told(tmp_path: Path, key: str) -> None:
    with pytest.raises(ConfigError) as error:
        load(None, {}, {key: ["hunter2"]})
    assert "hunter2" not in str(error.value)
    assert f"{key} is given" in str(error.value)


@pytest.mark.parametrize(
    ("options", "is_refused"),
    [
        ({"store.engine": "zookeeper"}, True),
        ({"store.engine": "zookeeper", "runtime.directory": "/shared"}, False),
        ({"store.engine": "zookeeper", "runtime.engine": "kubernetes"}, False),
        ({}, False),
    ],
)
def test_replicas_with_local_processes_must_name_the_folder_that_they_share(
    options: dict[str, str], is_refused: bool
) -> None:
    settings = load(None, {}, options)
    with pytest.raises(ConfigError, match="see the same local processes") if is_refused else nullcontext():
        require_shared_folder(settings)
