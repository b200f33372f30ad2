"""Makes the topic of the heartbeats, where that is asked for: by people, tests and a machine to try it on."""

from __future__ import annotations

from kafka import KafkaAdminClient
from kafka.errors import KafkaError, TopicAlreadyExistsError

from heartbeat.kafka_clients import BOOTSTRAP_MS, REQUEST_MS, Net
from heartbeat.kafka_complaints import plain
from heartbeat.kafka_options import KafkaOptions
from orchestrator.errors import Unavailable


def create_topic(options: KafkaOptions, *, partitions: int = 3, replication: int = 1) -> bool:
    """Make it, with the broker's own time on its records; False when it is there already. Blocks.

    Raises Unavailable with the reason.
    """
    net, admin = Net(), None
    wanted = {
        "num_partitions": partitions,
        "replication_factor": replication,
        "configs": {"message.timestamp.type": "LogAppendTime"},
    }
    try:
        admin = KafkaAdminClient(
            **options.link(),
            kafka_client=net,
            bootstrap_timeout_ms=BOOTSTRAP_MS,
            request_timeout_ms=2 * REQUEST_MS,
        )
        admin.create_topics({options.topic: wanted}, wait_for_metadata=True)
    except TopicAlreadyExistsError:
        return False
    except KafkaError as exc:
        said = f"the topic {options.topic} was not made on Kafka at {options.place}"
        raise Unavailable(f"{said}: {plain(exc)}") from exc
    finally:
        if admin is not None:
            admin.close()
        net.close()
    return True
