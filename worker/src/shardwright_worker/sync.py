"""The loop of exchanges: beat, answer, apply, again. Runs in one thread of its own."""

import logging
import random
import threading
from collections.abc import Callable

from .assignment import Outcome
from .backoff import Backoff, growing
from .clock import boottime
from .crew import Crew
from .doorbell import Doorbell
from .ending import Exit, end
from .identity import Identity
from .lease import Lease
from .link import Link, LinkError, Reply
from .protocol import Beat, MalformedAnswer, decode_answer
from .waiting import Patience
from .weights import Scales

_log = logging.getLogger("shardwright_worker")

_FIRST_RETRY, _LONGEST_RETRY = 0.1, 2.0
_LONGEST_RETRY_AFTER = 5.0
# News within this time go into one beat. It doubles with every exchange abandoned in a row: a steady flow of
# releases must leave some exchange the time to be answered, or the lease is never renewed.
_COALESCE, _LONGEST_COALESCE = 0.002, 0.25
# Nobody leads as far as this server, or a proxy before it, knows: another one may know more.
_NOT_HERE = (502, 503, 504)
# A server that answers "nothing new" at once is not to be asked in a tight loop.
_LEAST_INTERVAL = 0.1


class Sync:
    """Exchanges beats for answers until ``stop``."""

    def __init__(
        self,
        identity: Identity,
        crew: Crew,
        lease: Lease,
        doorbell: Doorbell,
        *,
        scales: Scales | None = None,
        clock: Callable[[], float] = boottime,
    ) -> None:
        self._crew = crew
        self._lease = lease
        self._scales = scales
        self._clock = clock
        self._doorbell = doorbell
        self._link = Link(identity.sync_urls, identity.token, doorbell)
        self._stopped = threading.Event()
        self._backoff = Backoff(_FIRST_RETRY, _LONGEST_RETRY)
        self._abandoned = 0

    def stop(self) -> None:
        """End the loop; the answer to the exchange under way is dropped."""
        self._stopped.set()
        self._doorbell.ring()

    def run(self) -> None:
        """Exchange until stopped. A failure of any kind is a wait, never the end of the loop."""
        while not self._stopped.is_set():
            try:
                pause = self._exchange()
            except Exception:  # noqa: BLE001
                _log.exception("an exchange failed in an unforeseen way")
                pause = self._backoff.next()
            if pause > 0:
                self._stopped.wait(pause)
        self._link.close()

    def _exchange(self) -> float:
        """One exchange; returns the seconds to wait before the next."""
        self._doorbell.silence()
        beat = self._crew.snapshot()
        if self._scales is not None:
            beat = beat._replace(weights=self._scales.batch())
        sent = self._clock()
        try:
            patience = Patience(
                timeout=self._lease.answer_timeout(),
                stale=growing(self._abandoned + 1, _COALESCE, _LONGEST_COALESCE),
                is_stale=lambda: self._stopped.is_set() or self._crew.has_news(beat),
            )
            reply = self._link.exchange(beat.encode(), patience)
        except LinkError as failed:
            self._link.turn()
            return self._failed(str(failed))
        if reply is None:
            self._abandoned += 1
            return 0.0
        self._abandoned = 0
        if self._stopped.is_set():
            return 0.0
        return self._take(reply, beat, sent)

    def _take(self, reply: Reply, beat: Beat, sent: float) -> float:
        status = reply.status
        if status == 200:
            return self._take_answer(reply.body, beat, sent)
        if status == 410:
            end(Exit.SUPERSEDED, f"incarnation {beat.incarnation} is over")
        if status in (401, 403):
            end(Exit.REFUSED, f"the orchestrator refused the token with status {status}")
        if status == 409:
            # Another exchange of this incarnation took over: most likely the next one after an abandoned one.
            return random.uniform(0.05, 0.15)
        if status in _NOT_HERE:
            self._link.turn()
        wait = self._failed(f"status {status}")
        if reply.retry_after is None:
            return wait
        return min(reply.retry_after, _LONGEST_RETRY_AFTER) + random.uniform(0.0, 0.1)

    def _take_answer(self, body: bytes, beat: Beat, sent: float) -> float:
        try:
            answer = decode_answer(body)
        except MalformedAnswer as wrong:
            return self._failed(f"malformed answer: {wrong}")
        now = self._clock()
        # This process may just have been woken from a long suspend, ahead of its watchdog.
        if (verdict := self._lease.verdict(now)) is not None:
            end(*verdict)
        outcome = self._crew.apply(answer)
        if outcome is Outcome.REFUSED:
            return self._failed(f"generation {answer.generation} does not follow {beat.generation}")
        self._lease.renew(sent=sent, answered=now, terms=answer.terms)
        if self._scales is not None:
            self._scales.answered(beat.weights, answer.weigh, now)
        if self._backoff.failures:
            _log.warning("answered again after %d failures", self._backoff.failures)
            self._backoff.reset()
        if outcome is Outcome.APPLIED:
            return 0.0
        return max(0.0, _LEAST_INTERVAL - (now - sent))

    def _failed(self, why: str) -> float:
        wait = self._backoff.next()
        # The first of a row and then every doubling: an outage must not fill the log of every worker.
        if self._backoff.failures & (self._backoff.failures - 1) == 0:
            _log.warning("no answer (%s), attempt %d", why, self._backoff.failures)
        return wait
