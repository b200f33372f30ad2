"""Until when this process may go on unanswered. Pure: moments are arguments, in seconds of one clock."""

from typing import NamedTuple

from .ending import Exit
from .protocol import Terms

# The orchestrator counts a whole lease from *receiving* the exchange; the rest is for the watchdog to act in.
SPENT_AT = 0.8


class _Renewal(NamedTuple):
    sent: float
    answered: float
    terms: Terms


class Verdict(NamedTuple):
    """Why the process must end now."""

    code: Exit
    why: str


class Lease:
    """Counts from *sending* the exchange last answered, since the orchestrator may have received it then.

    One thread renews, any thread may ask: a renewal is one assignment of an immutable value.
    """

    def __init__(self, *, began: float, away_limit: float | None) -> None:
        self._began = began
        self._first_away_limit = away_limit
        self._last: _Renewal | None = None

    def renew(self, *, sent: float, answered: float, terms: Terms) -> None:
        """Take the terms of an answer to the exchange that was sent at ``sent``."""
        self._last = _Renewal(sent, answered, terms)

    def verdict(self, now: float) -> Verdict | None:
        """Why the process must end at ``now``, or None when it may go on."""
        last = self._last
        if last is not None and last.terms.stops_on_loss and now - last.sent >= SPENT_AT * last.terms.lease:
            return Verdict(Exit.LEASE_LOST, f"the lease of {last.terms.lease:g} s was not renewed")
        limit = self._first_away_limit if last is None else last.terms.away_limit
        if limit is not None and now - (self._began if last is None else last.answered) >= limit:
            return Verdict(Exit.AWAY, f"no exchange was answered for {limit:g} s")
        return None

    def answer_timeout(self) -> float:
        """Seconds to wait for an answer: longer than the orchestrator holds an exchange open."""
        if self._last is None:
            return 30.0
        terms = self._last.terms
        if not terms.stops_on_loss:
            return terms.interval + 5.0
        # A dead connection must be noticed while there is time for one more exchange in this lease.
        return min(terms.interval + 5.0, max(terms.interval + 0.5, SPENT_AT * terms.lease / 2))
