"""What an application sees: two callbacks and ``run``."""

import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from .clock import boottime
from .crew import Acquire, Crew, Release
from .doorbell import Doorbell
from .ending import Exit
from .identity import Identity, InvalidIdentity
from .kafka import KafkaBeats
from .kafka_channel import Channel, InvalidChannel
from .lease import Lease
from .load import Load, Report
from .sync import Sync
from .watchdog import Watchdog
from .weights import Measure, Scales

_log = logging.getLogger("shardwright_worker")


class Worker:
    """Serves the ids that the orchestrator assigns to this process.

    ``acquire(id, token)`` begins to serve an id; ``release(id)`` returns when nothing of it runs any more.
    They are called from ``threads`` threads each, for one id strictly in turn. What raises is logged and
    tried again; an id whose acquire raised counts as held until its release has returned.

    ``load``: says what this process bears, as numbers by name (``{"messages_per_second": 120}``); asked for
    each beat, so it has to be quick. ``cpu`` and ``memory`` are measured where it does not name them.

    ``weigh``: says what single ids weigh (``{"t-17": {"cpu": 120}}``), of those that were measured; asked for
    every few seconds in a thread of its own, where the settings of the kind name ``reported_weights``. Only
    what changed notably is told, a part of it with each beat.

    ``grace``: seconds that ``run`` allows for releasing everything at the end.
    ``identity``: read from the environment when None.

    Where the environment names the brokers of a Kafka (``SHARDWRIGHT_KAFKA_BOOTSTRAP``), beats go there too.
    """

    def __init__(
        self,
        acquire: Acquire,
        release: Release,
        *,
        identity: Identity | None = None,
        grace: float = 10.0,
        threads: int = 4,
        load: Report | None = None,
        weigh: Measure | None = None,
    ) -> None:
        self._acquire = acquire
        self._release = release
        self._identity = identity
        self._grace = grace
        self._threads = threads
        self._load = Load(load)
        self._weigh = weigh
        self._stop = Doorbell()

    def stop(self) -> None:
        """Make ``run`` release everything and return. From any thread or signal handler."""
        self._stop.ring()

    def run(self) -> None:
        """Serve until SIGTERM, SIGINT or ``stop``; once per object.

        What is still held after the grace is logged: the process must end soon, since it may still be served.

        Signals are taken over only in the main thread. Exits with code 2 when the environment does not say
        who this process is. Ends the process at once, releasing nothing, with the codes of ``Exit``: this
        incarnation is over, the token was refused, the lease was not renewed, nobody answered too long.
        """
        identity = self._identify()
        news = Doorbell()
        lease = Lease(began=boottime(), away_limit=identity.away_limit)
        crew = Crew(
            identity.incarnation,
            self._acquire,
            self._release,
            news.ring,
            threads=self._threads,
            load=self._load,
        )
        scales = None if self._weigh is None else Scales(self._weigh, crew.held)
        sync = Sync(identity, crew, lease, news, scales=scales)
        watchdog = Watchdog(lease)
        beats = self._beats(identity, crew)
        exchanges = threading.Thread(target=sync.run, name="shardwright-sync", daemon=True)
        with _signals_ring(self._stop):
            watchdog.start()
            crew.start()
            exchanges.start()
            if beats is not None:
                beats.start()
            if scales is not None:
                scales.start()
            self._stop.wait()
            sync.stop()
            if scales is not None:
                scales.stop()
            left = crew.retire(self._grace)
        if beats is not None:
            beats.stop()
        if left:
            _log.error("not released within the grace of %g s: %d ids", self._grace, len(left))
        # With ids left the watchdog goes on: until the process has ended they may still be served.
        else:
            watchdog.stop()

    def _beats(self, identity: Identity, crew: Crew) -> KafkaBeats | None:
        try:
            channel = Channel.from_environment(os.environ)
            return None if channel is None else KafkaBeats(channel, identity, crew.snapshot)
        except InvalidChannel as wrong:
            print(f"shardwright-worker: {wrong}", file=sys.stderr)
            raise SystemExit(Exit.MISCONFIGURED.value) from wrong

    def _identify(self) -> Identity:
        if self._identity is not None:
            return self._identity
        try:
            return Identity.from_environment(os.environ)
        except InvalidIdentity as wrong:
            print(f"shardwright-worker: {wrong}", file=sys.stderr)
            raise SystemExit(Exit.MISCONFIGURED.value) from wrong


@contextmanager
def _signals_ring(bell: Doorbell) -> Iterator[None]:
    """SIGTERM and SIGINT ring the bell and do no more: a handler can interrupt the holder of any lock."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(number: int, frame: FrameType | None) -> None:
        bell.ring()

    before = {number: signal.signal(number, ring) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
