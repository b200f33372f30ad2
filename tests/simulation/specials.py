"""What some worlds have beside the ordinary, each share by a chance of its own."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from orchestrator.core.model import Protocol
from orchestrator.core.moves.policy import MovePolicy, MoveRule
from orchestrator.core.placement.rule_policy import Require, RulePolicy, Strategy
from orchestrator.core.policy import Acts, Limits, PoisonPolicy
from tests.simulation.demands import ZONES
from tests.simulation.world import WorldSettings

CONVOYS = 0.25
"""The share of worlds with a store that takes several transactions at once, in order."""

WEIGHTS = 0.12
"""The share of worlds whose ids do not all weigh the same."""

RULES = 0.1
"""The share of worlds whose ids are kept together, apart, or to shards of one label."""

PINS = 0.12
"""The share of worlds where people pin ids."""

PLANS = 0.2
"""The share of worlds where people compute plans, apply them and change their minds."""

POISON = 0.1
"""The share of worlds with ids that end whoever holds them."""

DRAINS = 0.15
"""The share of worlds where people end shards by name."""

MIXED = 0.1
"""The share of worlds whose first orchestrator is of this version, and the others of the next one."""

EVERY_S: dict[str, dict[str, tuple[float, float]]] = {
    "pins": {"pin": (5.0, 20.0), "unpin": (15.0, 40.0)},
    "plans": {
        "plan": (5.0, 20.0),
        "steer plan": (2.0, 8.0),
        "undo plan": (10.0, 40.0),
        "pause kind": (40.0, 120.0),
    },
    "drains": {"drain shard": (6.0, 25.0), "undrain shard": (15.0, 50.0)},
    "poison": {"poison one": (4.0, 20.0)},
}
"""The mean time between two acts, as of the ordinary ones."""

SHARES = {"pins": PINS, "plans": PLANS, "drains": DRAINS, "poison": POISON}

Add = Callable[[float, str, int], None]


def with_specials(settings: WorldSettings, seed: int, chaos_s: float, add: Add) -> WorldSettings:
    """``add``: gets the time, the verb and the seed of each act. The rest of the world is as without them."""
    chance = random.Random(f"weights of {seed}")
    if chance.random() < WEIGHTS:
        settings = with_weights(settings, chance)
    chance = random.Random(f"rules of {seed}")
    if chance.random() < RULES:
        settings = with_rules(settings, chance)
    settings = replace(settings, mixed=random.Random(f"mixed of {seed}").random() < MIXED)
    for what, share in SHARES.items():
        chance = random.Random(f"{what} of {seed}")
        if chance.random() >= share:
            continue
        if what == "poison" and settings.policy.protocol is Protocol.V1:
            settings = with_poison(settings)
        for verb, span in EVERY_S[what].items():
            mean, at = chance.uniform(*span), 0.0
            while (at := at + chance.expovariate(1.0 / mean)) < chaos_s:
                add(at, verb, chance.getrandbits(32))
    return settings


def with_convoys(settings: WorldSettings, chance: random.Random) -> WorldSettings:
    """Transactions so small that a plan is many of them."""
    limits = Limits(operations=25, size=chance.choice((1_000, 10_000)), shards_for_new_ids=1)
    return replace(settings, limits=limits, in_flight=4)


def with_weights(settings: WorldSettings, chance: random.Random) -> WorldSettings:
    """Ids of unequal weight, balanced by it or not at all, now and then under a move policy."""
    rules = (MoveRule(warming=chance.choice((1, 4))),) if chance.random() < 0.3 else ()
    policy = replace(
        settings.policy,
        dimensions=("memory",),
        extra_capacity=(settings.resource_per_instance * 9,),
        strategy=chance.choice((Strategy.WEIGHTED, Strategy.WEIGHTED, Strategy.STICKY)),
        balance_band=chance.choice((0.0, 0.1)),
        move_policy=MovePolicy(rules=rules, cooldown=chance.choice((0.0, 0.0, 20.0))),
    )
    return replace(settings, policy=policy)


def with_rules(settings: WorldSettings, chance: random.Random) -> WorldSettings:
    rules = RulePolicy(
        require=(Require(label="zone", shard_label="zone"),),
        apart=("twin",),
        together=("friend",) if chance.random() < 0.5 else (),
        shard_labels=(("zone", ZONES),),
    )
    strategy = chance.choice((settings.policy.strategy, Strategy.WEIGHTED))
    return replace(settings, policy=replace(settings.policy, rules=rules, strategy=strategy))


def with_poison(settings: WorldSettings) -> WorldSettings:
    """Found within half a minute or so, and kept apart for longer than the world lasts."""
    poison = PoisonPolicy(after=3, within=120.0, expire=10_000.0, most=10, ratio=0.2, acts=Acts.ACT)
    return replace(settings, policy=replace(settings.policy, poison=poison))
