"""paho's client with a buffered socket, which hands over many messages at once.

paho makes a dozen objects and takes a dozen locks for each message that it reads. Here it does what a
connection needs (its opening, subscriptions, pings, waiting, reconnection), and reads what is not a
whole PUBLISH to the one topic; those are taken from the buffer.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from paho.mqtt.client import Client, MQTTMessage, topic_matches_sub
from paho.mqtt.enums import MQTTErrorCode, _ConnectionState

from notify.buffered import BufferedSocket
from notify.packets import text

MOST_A_TURN: Final = 64
"""Packets that paho reads, and buffers that are read without it, before it looks after the connection."""

_DONE: Final = MQTTErrorCode.MQTT_ERR_SUCCESS
_ENDED: Final = (_ConnectionState.MQTT_CS_DISCONNECTING, _ConnectionState.MQTT_CS_DISCONNECTED)

Take = Callable[["Receiver", list[bytes]], object]


class Receiver(Client):
    """A client of MQTT 3.1.1 that reads. ``loop_start`` is the only way to run it.

    ``taken``: how many messages did not go through paho.
    """

    taken = 0
    _topic: bytes = b""
    _take: Take | None = None

    def listen(self, topic: str, take: Take) -> None:
        """Hand messages to ``topic`` to ``take``, as lists of payloads, on the network thread.

        They are acknowledged when it returns. It must not raise: that would end the thread.
        """
        self._topic, self._take = text(topic), take
        # What was not in the buffer as a whole, and what a pattern in ``topic`` matches.
        self.on_message = lambda _client, _userdata, message: self._take_one(message)

    def _take_one(self, message: MQTTMessage) -> None:
        if self._take is not None and topic_matches_sub(self._topic[2:].decode(), message.topic):
            self._take(self, [bytes(message.payload)])

    def _loop(self, timeout: float = 1.0) -> MQTTErrorCode:
        # As paho's own, which asks select: that takes no descriptor above 1,023, of which a server with many
        # workers has some, and paho would begin anew for ever without a word to anybody.
        link, wake = self._buffered(), self._sockpairR
        if link is None or wake is None:
            return super()._loop(timeout)
        pending, waiting = link.pending() > 0, select.poll()
        try:
            waiting.register(link, select.POLLIN | (select.POLLOUT if self.want_write() else 0))
            waiting.register(wake, select.POLLIN)
            ready = dict(waiting.poll(0 if pending else timeout * 1000))
        except (ValueError, OSError):
            # Another thread closed it.
            if self._state not in _ENDED:
                self._state = _ConnectionState.MQTT_CS_CONNECTION_LOST
            return MQTTErrorCode.MQTT_ERR_CONN_LOST
        said, was_woken = ready.get(link.fileno(), 0), wake.fileno() in ready
        if pending or said & ~select.POLLOUT:
            answer = self.loop_read()
            if answer or self._buffered() is not link:
                return answer
        if was_woken:
            with suppress(BlockingIOError):
                wake.recv(10_000)
        if was_woken or said & select.POLLOUT:
            answer = self.loop_write()
            if answer or self._buffered() is not link:
                return answer
        return self.loop_misc()

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        link = self._buffered()
        if link is None:
            return super().loop_read(max_packets)
        for _ in range(MOST_A_TURN):
            if not self._taken_from(link) or link.buffered:
                answer = super().loop_read(max_packets)
                if answer or self._buffered() is not link:
                    return answer
            if not link.pending():
                break
        return self.loop_write() if self.want_write() else _DONE

    def loop_write(self) -> MQTTErrorCode:
        link = self._buffered()
        if link is None:
            return super().loop_write()
        if link.unsent:
            link.flush()
        if link.unsent:
            return _DONE
        answer = super().loop_write()
        link.flush()
        return answer

    def want_write(self) -> bool:
        link = self._buffered()
        return super().want_write() or (link is not None and link.unsent > 0)

    def _taken_from(self, link: BufferedSocket) -> bool:
        """Whether messages were there to be taken."""
        if self._take is None or not self._is_between_packets():
            return False
        link.fill()
        run = link.take(self._topic)
        if not run.payloads:
            return False
        self.taken += len(run.payloads)
        self._take(self, run.payloads)
        # Otherwise paho takes a busy connection for a silent one, and sends a ping that waits behind all
        # that is on its way.
        self._last_bytes_received = time.monotonic()
        if run.acknowledgements:
            link.send(run.acknowledgements)
            self._last_msg_out = self._last_bytes_received
        return True

    def _is_between_packets(self) -> bool:
        packet = getattr(self, "_in_packet", None)
        return packet is not None and packet.get("command") == 0

    def _buffered(self) -> BufferedSocket | None:
        link: Any = self.socket()
        return link if isinstance(link, BufferedSocket) else None

    def _create_socket(self) -> Any:
        return BufferedSocket(super()._create_socket())  # type: ignore[arg-type]
