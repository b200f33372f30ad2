"""What can be told of the topic of the heartbeats before anybody beats there. Nothing is written."""

from __future__ import annotations

import secrets
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError

from heartbeat.kafka_clients import Net
from heartbeat.kafka_complaints import Complaints, plain
from heartbeat.kafka_options import KafkaOptions
from orchestrator.errors import Permanent, Unavailable

UNKNOWN_TOPIC, NOT_ALLOWED = 3, 29
NEEDED = ("READ", "WRITE")
"""Beats are read; the channel is proven by canaries, which are written."""

TIME, KEPT, IN_STEP = "message.timestamp.type", "retention.ms", "min.insync.replicas"


class NoTopic(Permanent):
    """There is no such topic, or it is not ours to see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """``brokers_time``: whether records bear the broker's clock, not their producer's; None: not known.

    ``retention_s``: how long records are kept; None: not known, or for ever. ``lacking``: what we
    may not do. ``headless``: the partitions that nobody serves. ``behind``: those that cannot be
    written, because fewer replicas are in step than must be.
    """

    partitions: int
    headless: tuple[int, ...]
    behind: tuple[int, ...]
    lacking: tuple[str, ...]
    brokers_time: bool | None
    retention_s: float | None


def examine(options: KafkaOptions, within: float) -> Topic:
    """Blocks for about so many seconds at most.

    Raises NoTopic, Unavailable with the reason, Permanent when a certificate cannot be used.
    """
    name = f"shardwright-check-{secrets.token_hex(4)}"
    with closing(Complaints(name)) as complaints, closing(Net()) as net:
        try:
            with closing(_admin(options, name, net, within)) as admin:
                (found,) = admin.describe_topics([options.topic])
                if found["error_code"] == NOT_ALLOWED:
                    raise NoTopic(f"our account may not see the topic {options.topic}")
                if found["error_code"] == UNKNOWN_TOPIC:
                    raise NoTopic(f"there is no topic {options.topic}")
                return _topic(found, _configs(admin, options.topic))
        except KafkaError as exc:
            raise Unavailable(f"{options.place}: {complaints.last or plain(exc)}") from exc


def _admin(options: KafkaOptions, name: str, net: Net, within: float) -> Any:
    return KafkaAdminClient(
        **options.link(),
        client_id=name,
        kafka_client=net,
        bootstrap_timeout_ms=int(750 * within),
        request_timeout_ms=int(750 * within),
    )


def _configs(admin: Any, topic: str) -> dict[str, str]:
    """Those of the topic; none where we may not read them."""
    wanted = ConfigResource(ConfigResourceType.TOPIC, topic, configs=dict.fromkeys((TIME, KEPT, IN_STEP)))
    try:
        found = admin.describe_configs([wanted], config_filter="all")["topic"].get(topic, {})
    except KafkaError:
        return {}
    return {key: str(entry["value"]) for key, entry in found.items()}


def _topic(found: dict[str, Any], configs: dict[str, str]) -> Topic:
    parts = sorted(found["partitions"], key=lambda each: int(each["partition_index"]))
    most_behind = int(configs.get(IN_STEP, "1"))
    kept = float(configs.get(KEPT, "-1"))
    allowed = found["authorized_operations"]
    return Topic(
        partitions=len(parts),
        headless=tuple(each["partition_index"] for each in parts if each["leader_id"] < 0),
        behind=tuple(each["partition_index"] for each in parts if len(each["isr_nodes"]) < most_behind),
        # Old brokers do not tell.
        lacking=tuple(each for each in NEEDED if allowed and each not in allowed),
        brokers_time=configs[TIME] == "LogAppendTime" if TIME in configs else None,
        retention_s=kept / 1000 if kept >= 0 else None,
    )
