"""The relay's link to the broker: messages go out in order, and each is told acknowledged or not."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from notify.client import draw_delays, new_client, stop_client
from notify.endpoint import Endpoint

_log = logging.getLogger(__name__)

IN_FLIGHT = 100


class Link:
    """For one thread; ``on_up`` is called on paho's thread at each connection."""

    def __init__(
        self, endpoint: Endpoint, on_up: Callable[[], None], reconnect_s: tuple[float, float]
    ) -> None:
        self._endpoint = endpoint
        self._tls = endpoint.tls.context() if endpoint.tls else None
        self._on_up = on_up
        self._reconnect_s = reconnect_s
        self._client: Client | None = None
        self._thread: threading.Thread | None = None
        self._up = threading.Event()

    @property
    def is_up(self) -> bool:
        return self._up.is_set()

    def open(self) -> None:
        """Connect in the background, and again after each loss."""
        client = new_client(self._endpoint, self._tls, self._reconnect_s)
        client.max_inflight_messages_set(IN_FLIGHT)
        client.on_pre_connect = self._on_pre_connect
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.connect_async(self._endpoint.host, self._endpoint.port, keepalive=30)
        client.loop_start()
        self._client = client

    def publish(self, messages: Sequence[bytes], timeout_s: float) -> list[bool]:
        """Publish with QoS 1; says of each message whether it was acknowledged within ``timeout_s``."""
        client = self._client
        if client is None or not self.is_up:
            return [False] * len(messages)
        deadline = time.monotonic() + timeout_s
        acknowledged: list[bool] = []
        sent = [client.publish(self._endpoint.topic, message, qos=1) for message in messages]
        for info in sent:
            while self._waits(info, deadline):
                info.wait_for_publish(0.25)
            acknowledged.append(info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS and info.is_published())
        if not all(acknowledged):
            # paho would send them again by itself after a reconnection, besides our own next attempt.
            self.reopen()
        return acknowledged

    def _waits(self, info: Any, deadline: float) -> bool:
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS or info.is_published():
            return False
        return self.is_up and time.monotonic() < deadline

    def is_alive(self) -> bool:
        """False when paho's thread has died."""
        return self._thread is None or self._thread.is_alive()

    def reopen(self) -> None:
        """Replace the client, and forget what it has not delivered."""
        self.close()
        self.open()

    def close(self) -> None:
        client, self._client = self._client, None
        self._thread = None
        if client is not None:
            stop_client(client)
        self._up.clear()

    # --- on paho's thread -----------------------------------------------------------------------------

    def _on_pre_connect(self, _client: Client, _userdata: Any) -> None:
        self._thread = threading.current_thread()

    def _on_connect(
        self,
        _client: Client,
        _userdata: Any,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            _log.warning("%s refused the publisher's connection: %s", self._endpoint, reason)
            return
        self._up.set()
        self._on_up()

    def _on_connect_fail(self, client: Client, _userdata: Any) -> None:
        draw_delays(client, self._reconnect_s)

    def _on_disconnect(
        self,
        client: Client,
        _userdata: Any,
        _flags: DisconnectFlags,
        _reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._up.clear()
        draw_delays(client, self._reconnect_s)
