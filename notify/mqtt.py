"""Notifications from an MQTT broker, through paho.

paho's callbacks run on its own thread: they decode, enqueue and return. The reader's loop also
watches that thread, since paho says "connected" after its thread has died.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, topic_matches_sub
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from notify.client import draw_delays, new_client, stop_client
from notify.endpoint import Endpoint
from notify.inbound import Inbound
from notify.message import decode
from orchestrator.errors import InvalidMessage
from orchestrator.ports import Connected, Disconnected, Malformed, NotificationEvent

_log = logging.getLogger(__name__)

_HEAD_BYTES = 256
_BATCH = 5_000
_WATCH_S = 2.0


class MqttNotifications:
    """The hints of one topic, QoS 1, without a session: the resync after ``Connected`` finds what was missed.

    Counters: ``received`` messages, ``malformed`` and ``dropped`` (queue full) among them, ``reconnects``
    (subscriptions after the first), ``rebuilds`` (clients replaced because their thread died or their
    subscription was refused).
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        id_column: str | Mapping[str, str] = "id",
        queue_limit: int = 100_000,
        reconnect_s: tuple[float, float] = (1.0, 15.0),
        keepalive_s: int = 30,
        subscription_deadline_s: float = 15.0,
    ) -> None:
        """``reconnect_s``: the first and the longest wait before a reconnection, both with jitter."""
        self._endpoint = endpoint
        self._id_column = id_column
        self._reconnect_s = reconnect_s
        self._keepalive_s = keepalive_s
        self._subscription_deadline_s = subscription_deadline_s
        self._tls = endpoint.tls.context() if endpoint.tls else None
        self._inbound = Inbound(queue_limit)
        self._client: Client | None = None
        self._thread: threading.Thread | None = None
        self._linked_at: float | None = None
        self._subscribed = False
        self._subscriptions = 0
        self._down = ""
        self._closed = False
        self.received = 0
        self.malformed = 0
        self.reconnects = 0
        self.rebuilds = 0

    @property
    def dropped(self) -> int:
        return self._inbound.dropped

    @property
    def is_subscribed(self) -> bool:
        return self._subscribed

    async def batches(self) -> AsyncIterator[Sequence[NotificationEvent]]:
        """Connect, and yield what arrived since the last batch, in order; ends when closed. One reader."""
        self._inbound.attach(asyncio.get_running_loop())
        if self._client is None and not self._closed:
            self._client = self._connect()
        while not self._closed:
            batch = self._inbound.take(_BATCH)
            if batch:
                yield batch
                continue
            await self._inbound.wait(_WATCH_S)
            if not self._closed and (fault := self._fault()):
                await self._rebuild(fault)

    async def close(self) -> None:
        """Disconnect and end ``batches``; harmless when repeated."""
        self._closed = True
        self._inbound.ring()
        client, self._client = self._client, None
        if client is not None:
            await asyncio.to_thread(stop_client, client)

    def _connect(self) -> Client:
        client = new_client(self._endpoint, self._tls, self._reconnect_s)
        client.on_pre_connect = self._on_pre_connect
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.connect_async(self._endpoint.host, self._endpoint.port, keepalive=self._keepalive_s)
        client.loop_start()
        return client

    def _fault(self) -> str | None:
        if self._thread is not None and not self._thread.is_alive():
            return "the network thread died"
        linked_at = self._linked_at
        overdue = linked_at is not None and time.monotonic() - linked_at > self._subscription_deadline_s
        return "the subscription was not granted" if overdue and not self._subscribed else None

    async def _rebuild(self, fault: str) -> None:
        _log.warning("the MQTT client is rebuilt: %s", fault)
        self.rebuilds += 1
        old, self._client = self._client, None
        self._thread = None
        self._linked_at = None
        self._lost(fault)
        if old is not None:
            await asyncio.to_thread(stop_client, old)
        if not self._closed:
            self._client = self._connect()

    def _lost(self, detail: str) -> None:
        self._subscribed = False
        # A broker that is away is tried again and again: one event is enough as long as the reason stays.
        if detail != self._down:
            self._down = detail
            self._inbound.put(Disconnected(detail=detail))

    # --- on paho's thread -----------------------------------------------------------------------------

    def _on_pre_connect(self, _client: Client, _userdata: Any) -> None:
        self._thread = threading.current_thread()

    def _on_connect(
        self,
        client: Client,
        _userdata: Any,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._lost(f"{self._endpoint} refused the connection: {reason}")
            return
        self._linked_at = time.monotonic()
        client.subscribe(self._endpoint.topic, qos=1)

    def _on_connect_fail(self, client: Client, _userdata: Any) -> None:
        draw_delays(client, self._reconnect_s)
        self._lost(f"{self._endpoint} cannot be reached")

    def _on_subscribe(
        self,
        _client: Client,
        _userdata: Any,
        _mid: int,
        granted: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        if [code.value for code in granted] != [1]:
            shown = ", ".join(str(code) for code in granted)
            self._lost(f"{self._endpoint} did not grant QoS 1 on {self._endpoint.topic}: {shown}")
            return
        self._subscribed = True
        self._down = ""
        self._subscriptions += 1
        self.reconnects = self._subscriptions - 1
        self._inbound.put(Connected())

    def _on_disconnect(
        self,
        client: Client,
        _userdata: Any,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._linked_at = None
        draw_delays(client, self._reconnect_s)
        if self._subscribed:
            self._lost(f"{self._endpoint} is disconnected: {reason}")

    def _on_message(self, _client: Client, _userdata: Any, message: MQTTMessage) -> None:
        # An exception here would end paho's thread, and with it all notifications.
        try:
            self._receive(message)
        except Exception:  # noqa: BLE001
            _log.exception("a message was lost to a fault of ours")
            self._inbound.put(Connected())

    def _receive(self, message: MQTTMessage) -> None:
        if not topic_matches_sub(self._endpoint.topic, message.topic):
            return
        self.received += 1
        payload = bytes(message.payload)
        try:
            self._inbound.put(decode(payload, id_column=self._id_column))
        except InvalidMessage as exc:
            self.malformed += 1
            self._inbound.put(Malformed(detail=str(exc), head=payload[:_HEAD_BYTES]))
