"""Whether the broker lets us in and grants the subscription that the server needs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial

from notify.mqtt import MqttNotifications
from orchestrator.bootstrap.mqtt import endpoint_of
from orchestrator.cli.doctor.checks import Finding
from orchestrator.cli.doctor.probing import ANSWER_S, Probe
from orchestrator.errors import Unavailable
from orchestrator.ports import Connected, Disconnected
from orchestrator.settings.server import Mqtt


def mqtt_probe(wanted: Mqtt) -> Probe:
    mend = "start it, or correct mqtt (host, port, account, tls), or the broker's rules for the account"
    return Probe(name="mqtt broker", ask=partial(_subscription, wanted), mend=mend)


def _subscription(wanted: Mqtt) -> Iterator[Finding]:
    endpoint = endpoint_of(wanted)

    async def fault() -> str | None:
        adapter = MqttNotifications(endpoint)
        said = "it did not answer"
        try:
            async with asyncio.timeout(ANSWER_S):
                async for batch in adapter.batches():
                    for event in batch:
                        if isinstance(event, Connected):
                            return None
                        if isinstance(event, Disconnected):
                            return event.detail
        except TimeoutError:
            said = f"the subscription to {endpoint.topic} was not granted within {ANSWER_S:g} s"
        finally:
            await adapter.close()
        return said

    wrong = asyncio.run(fault())
    if wrong is not None:
        raise Unavailable(wrong)
    detail = f"{endpoint} grants {endpoint.topic} with QoS 1"
    yield Finding(name="mqtt broker", ok=True, detail=detail)
