"""Notifications from an MQTT broker, through paho.

paho's callbacks run on its own thread: they decode, enqueue and return. The reader's loop also
watches that thread, since paho says "connected" after its thread has died.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from notify.client import draw_delays, new_client_of, stop_client
from notify.endpoint import Endpoint
from notify.inbound import Inbound
from notify.message import decode
from notify.pulse import Pulse
from notify.receiver import Receiver
from orchestrator.errors import InvalidMessage
from orchestrator.ports import Connected, Disconnected, Malformed, NotificationEvent

_log = logging.getLogger(__name__)

_HEAD_BYTES = 256
_BATCH = 5_000
_WATCH_S = 1.0
_STALL_S = 5.0


class MqttNotifications:
    """The hints of one topic, QoS 1, without a session: the resync after ``Connected`` finds what was missed.

    Counters: ``received`` messages, ``malformed`` and ``dropped`` (queue full) among them, ``reconnects``
    (subscriptions after the first), ``rebuilds`` (clients replaced because their thread died, their
    subscription was refused, or their broker stood still).
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        id_column: str | Mapping[str, str] = "id",
        queue_limit: int = 100_000,
        reconnect_s: tuple[float, float] = (1.0, 15.0),
        keepalive_s: int = 15,
        subscription_deadline_s: float = 15.0,
    ) -> None:
        """``reconnect_s``: the first and the longest wait before a reconnection, both with jitter.

        A link is found dead within twice ``keepalive_s``, a broker that stands still within seconds.
        """
        self._endpoint = endpoint
        self._id_column = id_column
        self._reconnect_s = reconnect_s
        self._keepalive_s = keepalive_s
        self._subscription_deadline_s = subscription_deadline_s
        self._tls = endpoint.tls.context() if endpoint.tls else None
        self._inbound = Inbound(queue_limit)
        self._client: Receiver | None = None
        self._thread: threading.Thread | None = None
        self._linked_at: float | None = None
        self._subscribed, self._subscriptions = False, 0
        self._down, self._closed = "", False
        self._pulse = Pulse()
        self.received = self.malformed = self.reconnects = self.rebuilds = 0

    @property
    def dropped(self) -> int:
        return self._inbound.dropped

    @property
    def is_subscribed(self) -> bool:
        return self._subscribed

    async def batches(self) -> AsyncIterator[Sequence[NotificationEvent]]:
        """Connect, and yield what arrived since the last batch, in order; ends when closed. One reader.

        The end of the iteration disconnects; a later one connects again and begins with nothing.
        """
        self._inbound.attach(asyncio.get_running_loop())
        self._inbound.clear()
        if self._client is None and not self._closed:
            self._connect()
        try:
            while not self._closed:
                batch = self._inbound.take(_BATCH)
                if batch:
                    yield batch
                    continue
                await self._wait()
        finally:
            await self._disconnect()

    async def close(self) -> None:
        """Disconnect and end ``batches``; harmless when repeated."""
        self._closed = True
        self._inbound.ring()
        await self._disconnect()

    async def _wait(self) -> None:
        """Until something came or it is time to look after the client."""
        began = time.monotonic()
        await self._inbound.wait(_WATCH_S)
        if self._subscribed and time.monotonic() - began > _WATCH_S + _STALL_S:
            # Brokers keep a bounded number of messages for a client that stands still, and drop the rest
            # without a word.
            _log.warning("notifications may have been missed while this process stood still")
            self._inbound.put(Connected())
        if not self._closed and (fault := self._fault()):
            await self._rebuild(fault)

    async def _disconnect(self) -> None:
        client, self._client = self._client, None
        self._thread, self._linked_at = None, None
        self._subscribed, self._down = False, ""
        if client is not None:
            await asyncio.to_thread(stop_client, client)

    def _connect(self) -> None:
        client = new_client_of(Receiver, self._endpoint, self._tls, self._reconnect_s)
        client.on_pre_connect = self._on_pre_connect
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.listen(self._endpoint.topic, self._on_payloads)
        self._pulse.attach(client)
        self._client = client
        client.connect_async(self._endpoint.host, self._endpoint.port, keepalive=self._keepalive_s)
        client.loop_start()

    def _fault(self) -> str | None:
        if self._thread is not None and not self._thread.is_alive():
            return "the network thread died"
        linked_at = self._linked_at
        overdue = linked_at is not None and time.monotonic() - linked_at > self._subscription_deadline_s
        if self._subscribed:
            return self._pulse.look(self._client, self.received + self._subscriptions)
        return "the subscription was not granted" if overdue else None

    async def _rebuild(self, fault: str) -> None:
        _log.warning("the MQTT client is rebuilt: %s", fault)
        self.rebuilds += 1
        old, self._client = self._client, None
        self._thread, self._linked_at = None, None
        self._lost(fault)
        if old is not None:
            await asyncio.to_thread(stop_client, old)
        if not self._closed:
            self._connect()

    def _lost(self, detail: str) -> None:
        self._subscribed = False
        # A broker that is away is tried again and again: one event is enough as long as the reason stays.
        if detail != self._down:
            self._down = detail
            self._inbound.put(Disconnected(detail=detail))

    # --- on paho's thread; a client that was given up may still call --------------------------------------

    def _on_pre_connect(self, client: Client, _userdata: Any) -> None:
        if client is self._client:
            self._thread = threading.current_thread()

    def _on_connect(
        self,
        client: Client,
        _userdata: Any,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if client is not self._client:
            return
        if reason.is_failure:
            name = self._endpoint.username
            whom = "a client without a user" if name is None else f"the user {name!r}"
            self._lost(f"{self._endpoint} refused {whom}: {reason}")
            return
        self._linked_at = time.monotonic()
        client.subscribe(self._endpoint.topic, qos=1)

    def _on_connect_fail(self, client: Client, _userdata: Any) -> None:
        draw_delays(client, self._reconnect_s)
        if client is not self._client:
            return
        # paho calls this while it handles the exception, and tells nobody what it was.
        cause = sys.exception()
        self._lost(f"{self._endpoint} cannot be reached" + (f": {cause}" if cause else ""))

    def _on_subscribe(
        self,
        client: Client,
        _userdata: Any,
        _mid: int,
        granted: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        if client is not self._client:
            return
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
        draw_delays(client, self._reconnect_s)
        if client is not self._client:
            return
        self._linked_at = None
        # A connection that was refused has said why already.
        if self._subscribed or not self._down:
            self._lost(f"{self._endpoint} is disconnected: {reason}")

    def _on_payloads(self, client: Client, payloads: list[bytes]) -> None:
        # An exception here would end paho's thread, and with it all notifications.
        try:
            if client is self._client:
                self.received += len(payloads)
                self._inbound.extend([self._event_of(payload) for payload in payloads])
        except Exception:  # noqa: BLE001
            _log.exception("messages were lost to a fault of ours")
            self._inbound.put(Connected())

    def _event_of(self, payload: bytes) -> NotificationEvent:
        try:
            return decode(payload, id_column=self._id_column)
        except InvalidMessage as exc:
            self.malformed += 1
            return Malformed(detail=str(exc), head=payload[:_HEAD_BYTES])
