"""Records of the topic become beats; what is none is counted and skipped. No input or output here."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from typing import Any

from heartbeat import kafka_canaries as canary
from heartbeat.kafka_canaries import Canaries
from heartbeat.kafka_placing import Now, written
from heartbeat.message import decode_topic
from orchestrator.errors import InvalidMessage
from orchestrator.ports import Beat

KEPT = 5


class Intake:
    """Counters: ``malformed`` records, of which ``last_malformed`` says why the latest were; ``stale`` ones,
    which are older than ``window_s``; ``ahead``, whose time stamp lies in the future.
    """

    def __init__(self, canaries: Canaries, window_s: float) -> None:
        self.malformed = 0
        self.stale = 0
        self.ahead = 0
        self.last_malformed: deque[str] = deque(maxlen=KEPT)
        self._canaries = canaries
        self._window_s = window_s

    def take(
        self, partition: int, records: Sequence[Any], partitions: Collection[int], now: Now
    ) -> list[Beat]:
        """The beats among these records, which follow each other in the partition."""
        beats = []
        for record in records:
            if record.key == canary.KEY:
                token = canary.decode(record.value)
                if token is not None:
                    self._canaries.came_back(token, partition, partitions)
                continue
            beat = self._read(partition, record, now)
            if beat is not None:
                beats.append(beat)
        return beats

    def _read(self, partition: int, record: Any, now: Now) -> Beat | None:
        if record.timestamp / 1000 > now.wall + 1:
            self.ahead += 1
        at = written(record.timestamp, floor=self._canaries.floor(partition), now=now)
        if now.monotonic - at > self._window_s:
            self.stale += 1
            return None
        try:
            return decode_topic(record.value or b"", received=at)
        except InvalidMessage as wrong:
            self.malformed += 1
            self.last_malformed.append(f"partition {partition}, offset {record.offset}: {wrong}")
            return None
