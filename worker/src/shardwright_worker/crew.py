"""The threads that call the application, and the one lock around the assignment."""

import logging
import threading
import time
from collections.abc import Callable, Collection

from .assignment import Assignment, Job, Outcome, Verb
from .load import Load
from .protocol import Answer, Beat, Token

_log = logging.getLogger("shardwright_worker")

Acquire = Callable[[str, Token], object]
Release = Callable[[str], object]


class Crew:
    """Calls ``acquire`` and ``release``, each from its own ``threads`` threads, for one id strictly in turn.

    Acquires and releases have separate threads, so that a release that hangs does not keep new ids from being
    served. ``on_change`` is called, outside the lock, whenever a release has returned.
    """

    def __init__(
        self,
        incarnation: int,
        acquire: Acquire,
        release: Release,
        on_change: Callable[[], None],
        *,
        threads: int,
        load: Load | None = None,
    ) -> None:
        self._assignment = Assignment(incarnation)
        self._acquire = acquire
        self._release = release
        self._on_change = on_change
        self._threads = threads
        self._load = load
        self._lock = threading.Lock()
        self._due = {verb: threading.Condition(self._lock) for verb in Verb}
        self._empty = threading.Condition(self._lock)
        self._gone = False

    def start(self) -> None:
        """Start the threads; daemons, since a callback that hangs must not hold up the end of the process."""
        for verb in Verb:
            for number in range(self._threads):
                name = f"shardwright-{verb.name.lower()}-{number}"
                threading.Thread(target=self._run, args=(verb,), name=name, daemon=True).start()

    def snapshot(self) -> Beat:
        """The beat that is true now, taken atomically; only the load is asked for before."""
        load = () if self._load is None else self._load.read()
        with self._lock:
            return self._assignment.snapshot()._replace(load=load)

    def held(self, ids: Collection[str]) -> frozenset[str]:
        """Those of the ids that this process holds."""
        with self._lock:
            return frozenset(id for id in ids if self._assignment.holds(id))

    def has_news(self, sent: Beat) -> bool:
        """Whether a beat sent now would acknowledge something that ``sent`` did not."""
        with self._lock:
            return self._assignment.has_news(sent)

    def apply(self, answer: Answer) -> Outcome:
        """Take over an answer; its callbacks begin from here on."""
        with self._lock:
            outcome = self._assignment.apply(answer)
            if outcome is Outcome.APPLIED:
                self._wake()
            return outcome

    def retire(self, grace: float) -> frozenset[str]:
        """Release everything held within ``grace`` seconds, end the threads, return what is held even so."""
        deadline = time.monotonic() + grace
        with self._lock:
            self._assignment.retire()
            self._wake()
            while self._assignment.held and (left := deadline - time.monotonic()) > 0:
                self._empty.wait(left)
            self._gone = True
            self._wake()
            return self._assignment.held

    def _wake(self) -> None:
        for condition in self._due.values():
            condition.notify_all()

    def _run(self, verb: Verb) -> None:
        while (job := self._next(verb)) is not None:
            try:
                if job.token is not None:
                    self._acquire(job.id, job.token)
                else:
                    self._release(job.id)
            # Also SystemExit and the like: it would end this thread and leave the id begun for ever.
            except BaseException:  # noqa: BLE001
                _log.exception("%s of %s raised; it is tried again", verb.name.lower(), job.id)
                self._settle(job, raised=True)
            else:
                self._settle(job, raised=False)

    def _next(self, verb: Verb) -> Job | None:
        with self._lock:
            while not self._gone:
                now = time.monotonic()
                job = self._assignment.begin(verb, now)
                if job is not None:
                    return job
                due = self._assignment.next_due(verb)
                self._due[verb].wait(None if due is None else max(0.0, due - now))
            return None

    def _settle(self, job: Job, *, raised: bool) -> None:
        with self._lock:
            if raised:
                self._assignment.raised(job, time.monotonic())
            else:
                self._assignment.returned(job)
            # What comes next for this id may be due in the other lane, or later in this one.
            for condition in self._due.values():
                condition.notify()
            if not self._assignment.held:
                self._empty.notify_all()
        if job.verb is Verb.RELEASE and not raised:
            self._on_change()
