"""A sign of life of the broker, asked for on the very link on which messages come.

Leaving a topic that was never joined changes nothing, needs no right, and has to be answered.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from paho.mqtt.client import Client

NOWHERE = "shardwright/pulse"

EVERY_S = 1.0
WITHIN_S = 4.0


class Pulse:
    """``look`` is called now and then by one thread; answers come on the client's.

    ``within_s``: how long nothing at all may come back before the broker counts as standing still.
    """

    def __init__(self, *, every_s: float = EVERY_S, within_s: float = WITHIN_S) -> None:
        self._every_s = every_s
        self._within_s = within_s
        self._asked_at = 0.0
        self._heard = 0
        # apart, for the answer may come before we know what we asked
        self._asked = self._answered = 0

    def attach(self, client: Client) -> None:
        """Begin anew with this client. Requires: its ``on_unsubscribe`` is free, and it does not run yet."""
        self._asked = self._answered = 0

        def answered(_client: Client, _userdata: Any, mid: int, *_more: Any) -> None:
            self._answered = mid

        client.on_unsubscribe = answered

    def look(
        self, client: Client | None, heard: int, clock: Callable[[], float] = time.monotonic
    ) -> str | None:
        """Why the broker is to be given up; None when it is not. Requires: the client is subscribed.

        ``heard``: how often something else came: who sends that lives, though the answer waits behind it.
        """
        now, waits = clock(), self._asked != self._answered
        if waits and heard == self._heard:
            return "the broker does not answer" if now - self._asked_at > self._within_s else None
        if client is not None and (waits or now - self._asked_at >= self._every_s):
            self._asked_at, self._heard = now, heard
            _, mid = client.unsubscribe(NOWHERE)
            self._asked = mid or self._answered
        return None
