"""Values that the chart refuses: none, contradictions, secrets; and what is near them and taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.services.helm import Helm, Refused
from tests.shipping.chart import NAMESPACE, WORKERS, made, one

Values = Mapping[str, Any]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"replicas": 0}, "'/replicas'.*minimum"),
        ({"replicas": "two"}, "'/replicas'.*want integer"),
        ({"replica": 3}, "'replica' not allowed"),
        ({"antiAffinity": "hard"}, "'/antiAffinity'.*'required', 'preferred', 'none'"),
        ({"image": {"digest": "sha256:1"}}, "'/image/digest'"),
        ({"workers": {"namespace": "Not_A_Name"}}, "'/workers/namespace'"),
        ({"config": {"kafak": {}}}, "'/config'.*'kafak' not allowed"),
        ({"config": {"kinds": {"Thing": None}}}, "'/config/kinds'.*minProperties"),
        ({"podTemplates": {"notes.txt": ""}}, "'/podTemplates'.*'notes.txt' not allowed"),
        ({"trust": {"certificates": "-----BEGIN PRIVATE " + "KEY-----"}}, "'/trust/certificates'"),
        ({"serviceMonitor": {"tokenSecret": {"key": ""}}}, "'/serviceMonitor/tokenSecret/key'"),
    ],
)
def test_a_value_that_is_none_is_refused_and_named(program: Helm, values: Values, says: str) -> None:
    with pytest.raises(Refused, match=says):
        made(program, **values)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"workers": {"namespace": NAMESPACE}}, "can use every Secret beside them. Name another one"),
        (
            {"config": {"store": {"engine": "sqlite"}}},
            "one server uses alone: set config.store.engine to zook",
        ),
        ({"config": {"runtime": {"engine": "process"}}}, "processes in the server's own pod"),
        ({"tls": {"secretName": ""}}, "name the Secret with tls.crt and tls.key"),
        ({"tls": {"certManager": {"enabled": True}}}, "say which issuer signs"),
        ({"trust": {"certificates": "x", "configMap": ""}}, "name the ConfigMap that they go into"),
        ({"podTemplates": {"iota-dac.yml": None}}, "podTemplates has no iota-dac.yml"),
        ({"config": {"mqtt": {"password": "p"}}}, "config.mqtt.password is a secret"),
        ({"config": {"worker": {"key": "k"}}}, "config.worker.key is a secret"),
        (
            {"config": {"access": {"admin_password": "p"}}},
            "Secret shardwright, and name its file, admin_pass",
        ),
        ({"config": {"alerts": {"targets": [{"secret": "s"}]}}}, r"config.alerts.targets\[0\].secret is a"),
        ({"config": {"alerts": {"targets": [{"url": "https://x"}]}}}, r"targets\[0\].url is a .* url_file"),
        ({"config": {"catalog": {"url": "mysql://me:it@db/iota"}}}, "config.catalog.url holds a password"),
        ({"config": {"catalog": {"url": "mysql://me:i/t@db/iota"}}}, "config.catalog.url holds a password"),
        ({"config": {"journal": {"url": "mysql://me@db/iota?a=b&password=it"}}}, "journal.url holds a pass"),
        ({"config": {"kinds": {"Thing": {"catalog_url": "mysql://db/?Passwd=it"}}}}, "catalog_url holds a p"),
        ({"extraEnv": [{"name": "MQTT_PASSWORD", "value": "it"}]}, r"for MQTT_PASSWORD, .*\.secretKeyRef"),
        ({"extraEnv": [{"name": "SHARDWRIGHT_CATALOG__URL", "value": "it"}]}, "a value for SHARDWRIGHT_CAT"),
        ({"extraEnv": [{"name": "api_key", "value": "it"}]}, "extraEnv has a value for api_key"),
        (
            {"config": {"runtime": {"kubernetes": {"namespace": "elsewhere"}}}},
            "is elsewhere, and the rights, bounds and policies are in shardwright-workers: say workers.names",
        ),
    ],
)
def test_values_that_contradict_and_secrets_that_can_be_read_are_refused(
    program: Helm, values: Values, says: str
) -> None:
    with pytest.raises(Refused, match=says):
        made(program, **values)


def test_what_holds_no_secret_is_taken(program: Helm) -> None:
    secret = {"secretKeyRef": {"name": "shardwright", "key": "catalog-url"}}
    added = [
        {"name": "SHARDWRIGHT_CATALOG__URL", "valueFrom": secret},
        {"name": "HTTPS_PROXY", "value": "http://proxy.example.org:3128"},
        {"name": "SHARDWRIGHT_MQTT__PASSWORD_FILE", "value": "/run/secrets/shardwright/mqtt-password"},
    ]
    target = {"name": "oncall", "url_file": "/run/secrets/shardwright/oncall-url"}
    config = {
        "api": {"links": [{"name": "Numbers", "url": "https://grafana.example.org:3000/d/{kind}@{shard}"}]},
        "alerts": {"targets": [target]},
        "runtime": {"kubernetes": {"namespace": WORKERS}},
    }
    objects = made(program, extraEnv=added, config=config)
    container = one(objects, "StatefulSet")["spec"]["template"]["spec"]["containers"][0]
    assert container["env"][-3:] == added
