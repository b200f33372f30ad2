"""Faults at random, one or two at a time, under churn; the same ones for the same seed."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.chaos.lines import is_change_of_a_kind
from tests.chaos.scenario import Scenario
from tests.chaos.sight import Sight
from tests.chaos.world import DEADLINE_S
from tests.services.proxy import Matches

Heal = Callable[[], None]
RATE = 10.0
SIZES = (60, 150, 300, 5000)


class Faults:
    """Each method but ``one`` brings a fault about and returns what ends it."""

    def __init__(self, sight: Sight) -> None:
        self._sight, self._world, self._chance = sight, sight.world, sight.world.chance
        self.met: Counter[str] = Counter()
        self._all = [name for name in sorted(vars(type(self))) if not name.startswith("_") and name != "one"]

    def one(self) -> Heal:
        name = self._chance.choice(self._all)
        self.met[name] += 1
        heal: Heal = getattr(self, name)()
        return heal

    def orchestrator_killed(self) -> Heal:
        replica = self._chance.choice(self._world.replicas)
        replica.program.kill()
        return replica.start

    def orchestrator_stopped(self) -> Heal:
        replica = self._chance.choice(self._world.replicas)
        replica.program.pause()
        return replica.program.resume

    def orchestrator_restarted(self) -> Heal:
        replica = self._chance.choice(self._world.replicas)
        replica.program.stop(within=20.0)
        return replica.start

    def worker_killed(self) -> Heal:
        with suppress(ProcessLookupError, IndexError):
            os.kill(self._worker(), signal.SIGKILL)
        return _nothing

    def worker_stopped(self) -> Heal:
        try:
            pid = self._worker()
            os.kill(pid, signal.SIGSTOP)
        except (ProcessLookupError, IndexError):
            return _nothing

        def go_on() -> None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

        return go_on

    def zookeeper_killed(self) -> Heal:
        server = self._chance.choice(self._world.zookeeper.servers)
        server.kill()
        return lambda: server.start(wait=False)

    def zookeeper_stopped(self) -> Heal:
        server = self._chance.choice(self._world.zookeeper.servers)
        server.pause()
        return server.resume  # type: ignore[no-any-return]

    def kafka_killed(self) -> Heal:
        broker = self._chance.choice([self._world.kafka, self._world.second_kafka])
        broker.kill()
        return broker.start  # type: ignore[no-any-return]

    def kafka_stopped(self) -> Heal:
        broker = self._chance.choice([self._world.kafka, self._world.second_kafka])
        broker.pause()
        return broker.resume  # type: ignore[no-any-return]

    def mosquitto_killed(self) -> Heal:
        self._world.mosquitto.kill()
        return self._world.mosquitto.start  # type: ignore[no-any-return]

    def postgres_stopped(self) -> Heal:
        self._world.postgres.pause()
        return self._world.postgres.resume  # type: ignore[no-any-return]

    def link_half_open(self) -> Heal:
        line = self._chance.choice(self._world.lines.all)
        line.hold()
        return line.heal

    def link_reset(self) -> Heal:
        line = self._chance.choice(self._world.lines.all)
        line.reset()
        return line.heal

    def link_refused(self) -> Heal:
        line = self._chance.choice(self._world.lines.all)
        line.refuse()
        return line.heal

    def link_slow(self) -> Heal:
        line = self._chance.choice(self._world.lines.all)
        line.delay(self._chance.uniform(0.05, 0.5))
        return line.heal

    def link_dripping(self) -> Heal:
        line = self._chance.choice(self._world.lines.all)
        line.drip(self._chance.choice([500, 5000]))
        return line.heal

    def reply_swallowed(self) -> Heal:
        lines = self._chance.choice(self._world.stores)

        def swallow(matches: Matches) -> None:
            for line in lines:
                line.swallow_reply(matches)

        swallow(is_change_of_a_kind)
        return lambda: swallow(lambda _: False)

    def orchestrated(self) -> Heal:
        """No fault: shards come and go meanwhile."""
        replica = self._chance.choice(self._world.replicas)
        body = b'{"resourcePerInstance": %d}' % self._chance.choice(SIZES)
        url = f"{replica.url}/v1/api/orchestrations/Thing/orchestrate"
        request = Request(url, data=body, headers={"Content-Type": "application/json"}, method="POST")
        with suppress(OSError, HTTPError), urlopen(request, timeout=3):
            pass
        return _nothing

    def _worker(self) -> int:
        """A process that serves something; raises IndexError where none does."""
        now = time.time()
        alive = {hold.process for hold in self._sight.holds() if hold.until >= now - 1.0}
        return int(self._chance.choice(sorted(alive)).rpartition("-")[2])


def _nothing() -> None:
    return


def faults_at_random(seconds: float) -> Callable[[Sight], str]:
    def run(sight: Sight) -> str:
        faults, chance = Faults(sight), sight.world.chance
        over = time.monotonic() + seconds
        with sight.churn(RATE, seconds, seed=chance.randrange(10**6)):
            while time.monotonic() < over:
                heals: list[Heal] = []
                try:
                    for _ in range(chance.choice((1, 1, 2))):
                        heals.append(faults.one())
                        time.sleep(chance.uniform(0.0, 0.5))
                    time.sleep(chance.uniform(0.5, DEADLINE_S - 1.0))
                finally:
                    _all_well(sight, heals)
                time.sleep(chance.uniform(0.0, 1.0))
        accepted = sight.rest_with_a_person()
        told = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in sorted(faults.met.items()))
        return f"{sum(faults.met.values())} faults: {told}; {accepted} held removals accepted"

    return run


def _all_well(sight: Sight, heals: list[Heal]) -> None:
    # Two may have hit one process: what runs again is not started twice.
    for heal in reversed(heals):
        with suppress(AssertionError):
            heal()
    for replica in sight.world.replicas:
        replica.program.resume()
        if not replica.program.runs:
            replica.start()


def at_random(seconds: float) -> Scenario:
    return Scenario(
        name="faults-at-random",
        did=f"{seconds:g} s of seeded faults, one or two at a time, {RATE:g} changes a second",
        run=faults_at_random(seconds),
        unserved_s=75.0,
        within_s=120.0,
    )
