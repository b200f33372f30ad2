"""Whether the topic of the heartbeats is there, ours to use, and fit to decide over instances."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from heartbeat.kafka_check import NoTopic, Topic, examine
from orchestrator.bootstrap.kafka import options_of
from orchestrator.cli.doctor.checks import Finding
from orchestrator.cli.doctor.probing import ANSWER_S, Probe
from orchestrator.settings.kafka import Kafka

NAME = "kafka"


def kafka_probe(wanted: Kafka) -> Probe:
    mend = "start the brokers, or correct kafka (bootstrap, security, account, tls)"
    return Probe(name=NAME, ask=partial(_topic, wanted), mend=mend)


def _topic(wanted: Kafka) -> Iterator[Finding]:
    try:
        topic = examine(options_of(wanted), ANSWER_S)
    except NoTopic as exc:
        mend = (
            f"make the topic {wanted.topic} with message.timestamp.type=LogAppendTime, correct kafka.topic, "
            "or let the account describe, read and write it"
        )
        yield Finding(name=NAME, ok=False, detail=str(exc), mend=mend)
        return
    servers = ", ".join(wanted.bootstrap)
    said = f"{servers}: topic {wanted.topic} has {topic.partitions} partitions"
    faults = list(_faults(wanted, topic))
    for fault, mend in faults:
        yield Finding(name=NAME, ok=False, detail=fault, mend=mend)
    if not faults:
        yield Finding(name=NAME, ok=True, detail=said)
    for doubt, mend in _doubts(wanted, topic):
        yield Finding(name=NAME, ok=True, detail=doubt, mend=mend, warns=True)


def _faults(wanted: Kafka, topic: Topic) -> Iterator[tuple[str, str]]:
    if topic.lacking:
        what = " and ".join(topic.lacking)
        yield f"our account lacks {what} on the topic {wanted.topic}", f"grant the account {what} on it"
    if topic.headless:
        numbers = ", ".join(map(str, topic.headless))
        yield f"nobody serves partition {numbers} of {wanted.topic}", "start the brokers that hold it"
    elif topic.behind:
        numbers = ", ".join(map(str, topic.behind))
        yield (
            f"partition {numbers} of {wanted.topic} has fewer replicas in step than min.insync.replicas, "
            "and takes no beats",
            "start the brokers that hold it, or lower min.insync.replicas",
        )


def _doubts(wanted: Kafka, topic: Topic) -> Iterator[tuple[str, str]]:
    if topic.brokers_time is False:
        yield (
            f"beats on {wanted.topic} bear the clocks of their producers: a wrong one shifts when an "
            "instance was last heard",
            "set message.timestamp.type=LogAppendTime on the topic",
        )
    if topic.retention_s is not None and topic.retention_s < wanted.window:
        yield (
            f"{wanted.topic} keeps records for {topic.retention_s:g} s, less than kafka.window",
            f"set retention.ms to {wanted.window * 1000:g} or more",
        )
