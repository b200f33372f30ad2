"""The messages of the protocol ``v1`` and their JSON form. Pure."""

import json
import math
from typing import Any, NamedTuple

NOTHING_APPLIED = -1
MAX_PENDING = 100


class MalformedAnswer(ValueError):
    """What came back with status 200 is not an answer of this protocol."""


class Token(NamedTuple):
    """Fencing token of one placement of an id, to be passed downstream; a later one is greater."""

    commit: int
    incarnation: int


Weights = tuple[tuple[str, tuple[tuple[str, int], ...]], ...]
"""Of ids, by dimension."""


class Beat(NamedTuple):
    """One atomic snapshot of what is applied and what is still held. ``more``: ``pending`` is not all.

    ``load``: what this process bears, by name, beside the two counts. ``weights``: of some of the ids.
    """

    incarnation: int
    generation: int
    pending: tuple[str, ...]
    more: bool
    held: int
    acquiring: int
    load: tuple[tuple[str, int], ...] = ()
    weights: Weights = ()

    def encode(self) -> bytes:
        """The body of an exchange."""
        said: dict[str, object] = {
            "incarnation": self.incarnation,
            "generation": self.generation,
            "pending": self.pending,
            "more": self.more,
            "load": {**dict(self.load), "held": self.held, "acquiring": self.acquiring},
        }
        if self.weights:
            said["weights"] = {id: dict(values) for id, values in self.weights}
        return json.dumps(said).encode()


class Whole(NamedTuple):
    """The complete assignment."""

    ids: tuple[str, ...]


class Difference(NamedTuple):
    """What changed since the generation ``base``: first ``remove``, then ``add``."""

    base: int
    add: tuple[str, ...]
    remove: tuple[str, ...]


class Terms(NamedTuple):
    """How long an answer lets the worker go on; all in seconds. ``away_limit`` None: without limit."""

    lease: float
    interval: float
    stops_on_loss: bool
    away_limit: float | None


class Weigh(NamedTuple):
    """The dimensions in which ids are to be weighed, and the term of the leader that asks for it."""

    dimensions: tuple[str, ...]
    term: int


class Answer(NamedTuple):
    """The assignment at ``generation``, as the orchestrator knew it at ``commit``, and on which terms.

    ``weigh``: what is asked of the weight of ids; None: nothing.
    """

    generation: int
    commit: int
    terms: Terms
    change: Whole | Difference
    weigh: Weigh | None = None


def decode_answer(body: bytes) -> Answer:
    """Read an answer; unknown fields are ignored. Raises MalformedAnswer."""
    try:
        said = json.loads(body)
    except ValueError as wrong:
        raise MalformedAnswer(f"not JSON: {wrong}") from wrong
    if not isinstance(said, dict):
        raise MalformedAnswer("not a JSON object")
    on_loss = said.get("onLoss")
    if on_loss not in ("serve", "stop"):
        raise MalformedAnswer(f"onLoss is {on_loss!r}")
    away = None if said.get("awayLimit") is None else _seconds(said, "awayLimit")
    terms = Terms(_seconds(said, "lease"), _seconds(said, "interval"), on_loss == "stop", away)
    whole = said.get("whole")
    change: Whole | Difference
    if whole is True:
        change = Whole(_ids(said, "ids"))
    elif whole is False:
        change = Difference(_integer(said, "base"), _ids(said, "add"), _ids(said, "remove"))
    else:
        raise MalformedAnswer(f"whole is {whole!r}")
    weigh = _weigh(said.get("weigh"))
    return Answer(_integer(said, "generation"), _integer(said, "commit"), terms, change, weigh)


def _weigh(said: object) -> Weigh | None:
    if said is None:
        return None
    if not isinstance(said, dict):
        raise MalformedAnswer(f"weigh is {said!r}")
    return Weigh(_ids(said, "dimensions"), _integer(said, "term"))


def _integer(said: dict[str, Any], name: str) -> int:
    value = said.get(name)
    if type(value) is not int:
        raise MalformedAnswer(f"{name} is {value!r}")
    return value


def _seconds(said: dict[str, Any], name: str) -> float:
    value: Any = said.get(name)
    if type(value) not in (int, float) or not (math.isfinite(value) and value > 0):
        raise MalformedAnswer(f"{name} is {value!r}")
    return float(value)


def _ids(said: dict[str, Any], name: str) -> tuple[str, ...]:
    value = said.get(name)
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise MalformedAnswer(f"{name} is not a list of strings")
    return tuple(value)
