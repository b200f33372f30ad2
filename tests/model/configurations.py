"""The worlds that are searched whole, by name."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.core.model import Protocol
from tests.model.configuration import Configuration, Fault, Step

TO_TWO = (Step(verb="orchestrate", each=2),)
TO_THREE = (Step(verb="orchestrate", each=1),)
TO_ONE = (Step(verb="orchestrate", each=4),)

SPREAD = Configuration(
    name="spread", says="one shard gives an id to a new one", ids=("x", "y"), script=TO_TWO
)
BACK = replace(SPREAD, name="back", says="there and back", script=(*TO_TWO, *TO_ONE))
JOIN = Configuration(
    name="join", says="one of two shards drains", ids=("x", "y"), room=2, most=2, script=TO_ONE
)
FULL = Configuration(
    name="full",
    says="two ids drain, one at a time, into room for two, and a third is created",
    ids=("v", "w", "x", "y"),
    moving=1,
    leaders=1,
    script=(Step(verb="orchestrate", each=4, most=1), Step(verb="create", id="z")),
)
THREE = replace(SPREAD, ids=("x", "y", "z"), room=4)


def _of(
    base: Configuration, name: str, says: str, faults: int, *among: Fault, **fields: object
) -> Configuration:
    return replace(base, name=name, says=says, faults=faults, among=among, **fields)  # type: ignore[arg-type]


SESSION, OFFICE, REPLY, CREATE = Fault.SESSION, Fault.OFFICE, Fault.REPLY, Fault.CREATE
LOSS, DEATH, SILENCE, BEAT = Fault.LOSS, Fault.DEATH, Fault.SILENCE, Fault.BEAT
ALONE = {"leaders": 1}
MADE_AGAIN = (*TO_ONE, Step(verb="delete", id="y"), Step(verb="create", id="y"))

CONFIGURATIONS = (
    _of(SPREAD, "quiet", "nothing fails", 0),
    _of(SPREAD, "office", "taking and renewing the office without an answer", 3, SESSION, OFFICE),
    _of(SPREAD, "replies", "lost replies, late landings", 3, SESSION, REPLY, OFFICE),
    _of(SPREAD, "lingering", "a leader learns late that it leads no more", 2, SESSION, REPLY, lingers=True),
    _of(SPREAD, "stale", "a new leader reads what was one transaction ago", 2, SESSION, Fault.STALE),
    _of(JOIN, "creates", "late creates", 2, CREATE, LOSS, leftover=(1,), **ALONE),
    _of(JOIN, "ends", "two leaders over ends and a late create", 2, SESSION, LOSS, leftover=(1,)),
    _of(JOIN, "lists", "a slow answer of the runtime", 1, SILENCE, LOSS, looking=True, **ALONE),
    _of(JOIN, "stops", "late stops", 2, Fault.STOP, SILENCE, SESSION),
    _of(BACK, "beats", "late beats", 2, BEAT, **ALONE),
    _of(BACK, "slow", "acquires that take their time", 1, DEATH, slow=True, **ALONE),
    _of(SPREAD, "hanging", "releases that never return", 1, SESSION, hangs=True),
    _of(JOIN, "frozen", "workers that freeze", 2, Fault.FREEZE, SESSION),
    _of(JOIN, "overdue", "a drain beyond its deadline", 2, LOSS, CREATE, overdue=True, **ALONE),
    _of(THREE, "chunks", "chunks of one id", 3, SESSION, REPLY, chunk_size=1),
    _of(
        THREE,
        "pieces",
        "plans cut into several transactions",
        1,
        SESSION,
        REPLY,
        operations=10,
        script=TO_THREE,
    ),
    _of(
        BACK, "numbers", "shard numbers used again", 1, BEAT, CREATE, script=(*BACK.script, *TO_TWO), **ALONE
    ),
    _of(THREE, "targets", "targets chosen anew among three shards", 0, script=(*TO_THREE, *TO_TWO), **ALONE),
    _of(
        JOIN, "catalog", "an id deleted and made again on its way", 1, BEAT, LOSS, script=MADE_AGAIN, **ALONE
    ),
    _of(BACK, "tokens", "tokens grow with each placement", 1, SESSION, REPLY, tokens=True),
    _of(
        BACK,
        "seed",
        "workers that cannot acknowledge",
        1,
        SESSION,
        REPLY,
        CREATE,
        LOSS,
        protocol=Protocol.SEED,
    ),
    _of(SPREAD, "restore", "an older copy is put back", 1, Fault.RESTORE, DEATH, **ALONE),
    replace(FULL, faults=1, among=(LOSS,)),
)

_SMALL = (
    "office",
    "replies",
    "lingering",
    "stale",
    "hanging",
    "frozen",
    "stops",
    "beats",
    "chunks",
    "overdue",
)
SHORT = (CONFIGURATIONS[0], *(each.smaller(1) for each in CONFIGURATIONS if each.name in _SMALL))
"""A cut of the same worlds for each run of the tests."""
