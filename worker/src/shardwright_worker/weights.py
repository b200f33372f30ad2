"""What a worker tells of the weight of its ids: measured beside the beats, and told a little with each."""

import json
import logging
import math
import threading
from collections.abc import Callable, Collection, Mapping
from itertools import islice

from .protocol import Weigh, Weights

_log = logging.getLogger("shardwright_worker")

Measure = Callable[[], Mapping[str, Mapping[str, float]]]
Held = Callable[[Collection[str]], Collection[str]]

MOST_IDS = 200
MOST_BYTES = 32_768
"""Of the ids of one beat, as JSON: the rest of the body has to fit beside them."""

EVERY_S = 5.0
ANEW_S = 300.0
"""How often all is told anew, whatever has been told: nobody acknowledges a single weight."""

_BAND = 10
_HIGHEST = 10**15


class Scales:
    """``measure``: the weights of ids by dimension, asked for in a thread of its own while somebody asks.

    It may tell of some ids now and of others later. ``held``: which of some ids this process holds. What is
    no finite number from 0 to 10^15 is left out, and a measurement that raises is: neither costs a beat.
    """

    def __init__(self, measure: Measure, held: Held, *, every: float = EVERY_S, anew: float = ANEW_S) -> None:
        self._measure = measure
        self._held = held
        self._every = every
        self._anew = anew
        self._lock = threading.Lock()
        self._asked = threading.Event()
        self._stopped = threading.Event()
        self._weigh: Weigh | None = None
        self._known: dict[str, dict[str, int]] = {}
        self._told: dict[str, dict[str, int]] = {}
        self._due: dict[str, None] = {}
        self._told_all_at = -math.inf
        self._said = ""

    def start(self) -> None:
        """Begin to measure once somebody asks for it; a daemon: a measurement may hang."""
        threading.Thread(target=self._run, name="shardwright-weigh", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()
        self._asked.set()

    def batch(self) -> Weights:
        """What the next beat tells: what has been due the longest, of ids that are held."""
        with self._lock:
            if self._weigh is None or not self._due:
                return ()
            first = list(islice(self._due, MOST_IDS))
            held = frozenset(self._held(first))
            for id in first:
                if id not in held:
                    self._forget(id)
            batch, size = [], 0
            for id in first:
                size += len(json.dumps(id))
                if id in held and size <= MOST_BYTES:
                    batch.append((id, tuple(self._known[id].items())))
            return tuple(batch)

    def answered(self, told: Weights, weigh: Weigh | None, now: float) -> None:
        """The beat that told this was answered. ``weigh``: what the answer asks for; ``now``: seconds."""
        with self._lock:
            is_other = weigh != self._weigh
            self._weigh = weigh
            if weigh is None:
                self._asked.clear()
                return
            if is_other or now - self._told_all_at >= self._anew:
                # nothing of what another leader was told is known to this one
                self._told_all_at = now
                self._told.clear()
                self._due.update(dict.fromkeys(self._known))
            for id, values in told:
                if id in self._known:
                    self._told[id] = dict(values)
                    # one that changes all the time comes behind the others, each time
                    self._due.pop(id, None)
                    if self._is_news(id):
                        self._due[id] = None
            self._asked.set()

    def measured(self, said: Mapping[str, Mapping[str, float]]) -> None:
        """Take a measurement over."""
        with self._lock:
            weigh = self._weigh
        if weigh is None:
            return
        found = {id: _good(values, weigh.dimensions) for id, values in said.items() if isinstance(id, str)}
        good = {id: values for id, (values, _) in found.items() if values}
        if len(found) < len(said) or any(bad for _, bad in found.values()):
            self._complain(f"not all of the weights are told: {said!r:.300}")
        with self._lock:
            for id, values in good.items():
                self._known[id] = {**self._known.get(id, {}), **values}
            held = frozenset(self._held(tuple(self._known)))
            for id in [id for id in self._known if id not in held]:
                self._forget(id)
            for id in good:
                if id in self._known and id not in self._due and self._is_news(id):
                    self._due[id] = None

    def _run(self) -> None:
        while True:
            self._asked.wait()
            if self._stopped.is_set():
                return
            try:
                self.measured(self._measure())
            except Exception as failed:  # noqa: BLE001
                self._complain(f"weighing raised {failed!r}")
            self._stopped.wait(self._every)

    def _is_news(self, id: str) -> bool:
        told, known = self._told.get(id, {}), self._known[id]
        return any(name not in told or differs(told[name], value) for name, value in known.items())

    def _forget(self, id: str) -> None:
        self._known.pop(id, None)
        self._told.pop(id, None)
        self._due.pop(id, None)

    def _complain(self, what: str) -> None:
        """Once for as long as it stays the same: measurements are many."""
        if what != self._said:
            self._said = what
            _log.warning("%s", what)


def differs(told: int, value: int) -> bool:
    """Whether a weight is notably another one: by a tenth at least, and by one."""
    return value != told and abs(value - told) * _BAND >= told


def _good(values: object, asked: Collection[str]) -> tuple[dict[str, int], bool]:
    """Whole numbers in the dimensions that are asked for, and whether any value could not be used."""
    if not isinstance(values, Mapping):
        return {}, True
    wanted = {name: value for name, value in values.items() if name in asked}
    good = {name: math.ceil(value) for name, value in wanted.items() if _is_weight(value)}
    return good, len(good) < len(wanted)


def _is_weight(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _HIGHEST
