"""How often somebody may ask, and how often guess."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import hdrs

from api.problem import Problem
from api.remote import place_of
from orchestrator.core.access import Principal
from orchestrator.core.access.limits import Buckets, Lockout, LockPolicy

GUESSES_A_SECOND = 20.0
GUESSES_AT_ONCE = 100
"""Of tokens and cookies, from one place. They cannot be guessed: it is the database that is spared."""

PLACE_FACTOR = 4
"""From one place so many times the wrong passwords for one name are borne for all names together."""

NAME_FACTOR = 20
"""And so many times for one name from all places, of those who never signed in from theirs."""

_MOST_FRIENDS = 10_000
_ONE_GUESS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Requests a second, and at once; ``requests`` None: no limit. ``lock``: for passwords."""

    requests: float | None = None
    requests_burst: int = 1000
    writes: float | None = 50.0
    writes_burst: int = 200
    lock: LockPolicy = field(default_factory=LockPolicy)


class Limits:
    """Of one server; ``monotonic``: seconds. It is ``Attempts`` for who signs in.

    An attempt counts as failed from its beginning: of many at once none is looked at for nothing.
    """

    def __init__(self, rates: Rates, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._requests = None if rates.requests is None else Buckets(rates.requests, rates.requests_burst)
        self._writes = None if rates.writes is None else Buckets(rates.writes, rates.writes_burst)
        self._guesses = Buckets(GUESSES_A_SECOND, GUESSES_AT_ONCE)
        lock = rates.lock
        self._by_both = Lockout(lock)
        self._by_place = Lockout(_softer(lock, PLACE_FACTOR))
        self._by_name = Lockout(_softer(lock, NAME_FACTOR))
        self._friends: dict[tuple[str, str], None] = {}

    # --- whoever is known ---

    def spend(self, principal: Principal, *, is_write: bool) -> None:
        """Raises Problem (429)."""
        now = self._monotonic()
        for buckets, concerned, what in (
            (self._requests, True, "requests"),
            (self._writes, is_write, "changes"),
        ):
            if buckets is None or not concerned:
                continue
            wait = buckets.take(principal.name, now)
            if wait > 0:
                raise _too_often(f"{principal.name} sends too many {what}", wait)

    # --- whoever shows a token or a cookie ---

    def guess(self, remote: str) -> None:
        """Before a credential is looked at that is not known. Raises Problem (429)."""
        wait = self._guesses.take(place_of(remote), self._monotonic(), _ONE_GUESS)
        if wait > 0:
            raise _too_often("too many tokens that are not valid come from your address", wait)

    def guessed_right(self, remote: str) -> None:
        """What it cost is given back."""
        self._guesses.give(place_of(remote), _ONE_GUESS)

    # --- whoever signs in ---

    def begin(self, name: str, remote: str) -> None:
        now, place = self._monotonic(), place_of(remote)
        wait = max(self._by_both.wait((name, place), now), self._by_place.wait(place, now))
        is_friend = (name, place) in self._friends
        if name and not is_friend:
            wait = max(wait, self._by_name.wait(name, now))
        if wait > 0:
            raise _too_often("too many attempts to sign in have failed", wait)
        self._by_both.failed((name, place), now)
        self._by_place.failed(place, now)
        if name and not is_friend:
            self._by_name.failed(name, now)

    def failed(self, name: str, remote: str) -> None:
        return

    def succeeded(self, name: str, remote: str) -> None:
        place = place_of(remote)
        self._by_both.succeeded((name, place))
        # One's own right password is no licence to go on guessing those of others.
        self._by_place.forgiven(place)
        self._by_name.forgiven(name)
        self._friends.pop((name, place), None)
        self._friends[name, place] = None
        if len(self._friends) > _MOST_FRIENDS:
            self._friends.pop(next(iter(self._friends)))


def _softer(lock: LockPolicy, factor: int) -> LockPolicy:
    return LockPolicy(
        after=lock.after * factor, first=lock.first, most=lock.most / factor, forget=lock.forget
    )


def _too_often(what: str, wait: float) -> Problem:
    seconds = max(1, math.ceil(wait))
    return Problem(429, f"{what}; try again in {seconds} s", headers={hdrs.RETRY_AFTER: str(seconds)})
