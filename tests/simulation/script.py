"""What will happen in a random world, all of it written down before the world begins.

So a world that breaks a rule can be told again with fewer acts, until only those are left that break it.
"""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass, replace

from orchestrator.core.model import Protocol
from orchestrator.core.policy import Acts, HealthPolicy, KindPolicy, Limits, OnCoordinatorLoss, PoisonPolicy
from tests.simulation.specials import CONVOYS, with_convoys, with_specials
from tests.simulation.world import WorldSettings

CHAOS_S = (30.0, 110.0)

POLICY = KindPolicy(
    init_instances=3,
    move_floor=8,
    handoff_deadline=15.0,
    drain_deadline=60.0,
    seed_release_wait=4.0,
    removal_floor=6,
    removal_window=120.0,
    hold_from=10,
    # instances end at random here, and with few ids a trial of each would be all that is seen
    poison=PoisonPolicy(acts=Acts.ADVISE),
)
HEALTH = HealthPolicy(
    interval=2.0,
    late_after=2.2,
    deadline=6.0,
    startup_grace=6.0,
    window=12.0,
    stop_grace=4.0,
    backoff_most=8.0,
    stable_after=10.0,
)

HOUR_S = 3600.0
HOURS = 0.005
"""The share of worlds that stay calm for an hour in the end: it costs as much as ten others."""

WEATHER: dict[str, tuple[float, ...]] = {
    "latency_s": (0.002, 0.02, 0.2),
    "unavailable": (0.02, 0.1),
    "store_faults": (0.03, 0.1),
    "late_ensure": (0.1, 0.4),
    "forgotten_end": (0.5, 1.0),
    "stale_listing": (0.3,),
    "lost_news": (0.5, 1.0),
    "lost_answer": (0.05,),
    "lost_notification": (0.1, 0.5, 1.0),
    "doubled_notification": (0.2,),
    "delayed_notification_s": (0.05, 2.0),
    "crash_after_commit": (0.02,),
    "crash_at_call": (0.003,),
    "refused_commit": (0.05,),
    "lost_stop": (0.2,),
    "lost_watch": (0.5,),
    "stale_read": (0.5,),
    "lost_beat": (0.05,),
    "doubled_beat": (0.2,),
    "delayed_beat_s": (0.1, 1.0),
    "bad_workers": (0.1, 0.3),
}
"""How bad each trait of the weather may be; about half of them are there in one world."""

EVERY_S: dict[str, tuple[float, float]] = {
    "create": (1.5, 10.0),
    "delete": (2.0, 12.0),
    "create again": (2.0, 16.0),
    "delete most": (60.0, 200.0),
    "update": (5.0, 30.0),
    "send garbage": (10.0, 40.0),
    "broker away": (20.0, 60.0),
    "orchestrate": (10.0, 40.0),
    "accept removals": (20.0, 60.0),
    "read": (5.0, 20.0),
    "resync": (20.0, 60.0),
    "meddle": (20.0, 60.0),
    "crash worker": (8.0, 60.0),
    "freeze worker": (8.0, 60.0),
    "mute worker": (20.0, 60.0),
    "mute all workers": (60.0, 120.0),
    "forge beats": (5.0, 30.0),
    "beats stuck": (30.0, 80.0),
    "beats cut": (30.0, 80.0),
    "foreign deletion": (20.0, 80.0),
    "crash loop": (40.0, 120.0),
    "stay pending": (40.0, 120.0),
    "stay terminating": (40.0, 120.0),
    "refuse instance": (40.0, 120.0),
    "crash": (10.0, 60.0),
    "stop": (20.0, 80.0),
    "cut off": (20.0, 80.0),
    "freeze": (20.0, 80.0),
    "pause": (40.0, 120.0),
    "stall": (10.0, 40.0),
    "set wall clock": (40.0, 120.0),
    "store away": (30.0, 90.0),
    "catalog away": (30.0, 90.0),
    "runtime away": (30.0, 90.0),
    "catalog lags": (40.0, 120.0),
    "wrong catalog": (80.0, 200.0),
}
"""The mean time between two acts of a verb is drawn from its span; half of the verbs are in one world."""

CONVOY_WEATHER: dict[str, tuple[float, ...]] = {
    "touched_before_commit": (0.05, 0.2),
    "session_ended": (0.05,),
    "crash_in_convoy": (0.05,),
}

ALWAYS = ("create", "delete", "create again", "orchestrate", "read")


@dataclass(frozen=True, kw_only=True)
class Act:
    """``seed``: decides all that is random in it, whatever happened before."""

    number: int
    at: float
    verb: str
    seed: int
    detail: str = ""
    value: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Script:
    seed: int
    settings: WorldSettings
    counts: tuple[int, ...]
    nodes: tuple[str, ...]
    chaos_s: float
    calm_s: float
    acts: tuple[Act, ...]

    def keeping(self, numbers: Collection[int]) -> Script:
        """The same world with these acts alone; it calms down soon after the last of them."""
        acts = tuple(act for act in self.acts if act.number in numbers)
        last = max((act.at for act in acts), default=0.0)
        return replace(self, acts=acts, chaos_s=min(self.chaos_s, last + 20.0))


def script_of(seed: int) -> Script:
    chance = random.Random(seed)
    settings = settings_of(chance)
    chaos_s = chance.uniform(*CHAOS_S)
    acts: list[Act] = []

    def add(at: float, verb: str, detail: str = "", value: float = 0.0) -> None:
        acts.append(Act(number=0, at=at, verb=verb, seed=chance.getrandbits(32), detail=detail, value=value))

    for trait, values in WEATHER.items():
        if chance.random() < 0.5:
            add(0.0, "weather", trait, chance.choice(values))
    for verb, span in EVERY_S.items():
        if verb not in ALWAYS and chance.random() < 0.5:
            continue
        mean, at = chance.uniform(*span), 0.0
        while (at := at + chance.expovariate(1.0 / mean)) < chaos_s:
            add(at, verb)
    # Of a chance of their own: what else is in a world is the same with them and without.
    chance_of_convoys = random.Random(f"convoys of {seed}")
    if chance_of_convoys.random() < CONVOYS:
        settings = with_convoys(settings, chance_of_convoys)
        for trait, values in CONVOY_WEATHER.items():
            if chance_of_convoys.random() < 0.5:
                add(0.0, "weather", trait, chance_of_convoys.choice(values))

    def add_special(at: float, verb: str, seed_of_act: int) -> None:
        acts.append(Act(number=0, at=at, verb=verb, seed=seed_of_act))

    settings = with_specials(settings, seed, chaos_s, add_special)
    ordered = sorted(acts, key=lambda act: act.at)
    return Script(
        seed=seed,
        settings=settings,
        counts=tuple(chance.randint(30, 60) for _ in settings.kinds),
        nodes=("a", "b", "c")[: chance.choice((1, 2, 2, 2, 3))],
        chaos_s=chaos_s,
        calm_s=HOUR_S if chance.random() < HOURS else 0.0,
        acts=tuple(replace(act, number=number) for number, act in enumerate(ordered)),
    )


def settings_of(chance: random.Random) -> WorldSettings:
    """``v1`` with beats in the exchange for the most part, else over a channel, else the seed's protocol."""
    roll = chance.random()
    seed = roll < 0.2
    stops = not seed and chance.random() < 0.2
    loss = OnCoordinatorLoss.STOP if stops else OnCoordinatorLoss.SERVE
    protocol = Protocol.SEED if seed else Protocol.V1
    return WorldSettings(
        kinds=("Thing", "Rule") if chance.random() < 0.4 else ("Thing",),
        policy=replace(
            POLICY, protocol=protocol, on_coordinator_loss=loss, chunk_size=chance.choice((128, 128, 5))
        ),
        health=replace(HEALTH, heart=not seed or chance.random() < 0.8),
        limits=Limits(operations=chance.choice((480, 40, 25))),
        max_instances=6,
        resource_per_instance=20,
        resync_interval=chance.choice((20.0, 40.0)),
        start_s=chance.choice((0.0, 1.0)),
        away_limit=chance.choice((None, 30.0)),
        beats_over_http=roll >= 0.35,
    )
