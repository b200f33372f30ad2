"""When a resource may be moved for the sake of balance, in the words of those who run it.

Soft moves obey: those that make shards even. Hard ones do not: off a draining shard, off a shard that holds
more than it can, to where a rule wants the resource. A drain is stopped by nothing of this.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from orchestrator.core.traits import Labels

DAY_S = 86_400.0

_QUIET = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)(?: +(\S+))?")


class WaitCode(StrEnum):
    """What keeps a wanted move waiting."""

    NEVER = "never"
    COOLDOWN = "cooldown"
    PER_DAY = "per-day"
    QUIET = "quiet"
    WARMING = "warming"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """``until``: wall clock seconds at which it may end, None: nobody knows, or never."""

    code: WaitCode
    sentence: str
    until: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Hours of the day, in a time zone, in which nothing moves. ``begin`` and ``end``: minutes of the day."""

    begin: int
    end: int
    zone: str

    @classmethod
    def parse(cls, text: str) -> Quiet:
        """From ``22:00-06:00 Europe/Berlin``; without a zone UTC. Raises ValueError, a sentence."""
        found = _QUIET.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"quiet hours are {text!r}, allowed: like '22:00-06:00 Europe/Berlin'")
        hours = [int(part) for part in found.groups()[:4]]
        begin, end = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
        zone = found[5] or "UTC"
        if begin == end:
            raise ValueError(f"quiet hours are {text!r}, allowed: an end that is not the beginning")
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
            raise ValueError(f"quiet hours name the time zone {zone!r}, which nobody knows here") from exc
        return cls(begin=begin, end=end, zone=zone)

    def __str__(self) -> str:
        hours = "-".join(f"{at // 60:02}:{at % 60:02}" for at in (self.begin, self.end))
        return f"{hours} {self.zone}"

    def until(self, wall: float) -> float | None:
        """When the quiet hours that ``wall`` lies in end; None when it lies in none."""
        here = datetime.fromtimestamp(wall, ZoneInfo(self.zone))
        minute = here.hour * 60 + here.minute
        if self.begin < self.end:
            is_in, is_tomorrow = self.begin <= minute < self.end, False
        else:
            is_in, is_tomorrow = minute >= self.begin or minute < self.end, minute >= self.begin
        if not is_in:
            return None
        day = here.replace(hour=self.end // 60, minute=self.end % 60, second=0, microsecond=0, fold=0)
        ends = (day + timedelta(days=is_tomorrow)).timestamp()
        # in the hour that a zone repeats in autumn the end of its first passing may lie behind
        return ends if ends > wall else wall + 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRule:
    """``labels``: the rule is about the resources that bear all of these; none: about all of the kind.

    ``per_day``: how often one of them may be moved in 24 hours. ``warming``: how many of them may be on
    their way, or with an owner that has not acknowledged them yet, at once. ``cost``: the moves of cheap
    ones come first.
    """

    labels: Labels = ()
    never: bool = False
    per_day: int | None = None
    quiet: tuple[Quiet, ...] = ()
    cost: int = 0
    warming: int | None = None

    def covers(self, labels: Labels) -> bool:
        return not self.labels or set(self.labels) <= set(labels)

    def __str__(self) -> str:
        return ", ".join(f"{name}={value}" for name, value in self.labels) or "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class MovePolicy:
    """Of several rules that cover a resource each must let it move; it costs what the dearest says.

    ``cooldown``: seconds after a move in which the same resource is not moved again.
    """

    rules: tuple[MoveRule, ...] = ()
    cooldown: float = 0.0

    @property
    def is_free(self) -> bool:
        """Whether it keeps nothing from moving, and prefers nothing."""
        return not self.rules and self.cooldown <= 0

    def covering(self, labels: Labels) -> list[MoveRule]:
        return [rule for rule in self.rules if rule.covers(labels)]

    def cost(self, labels: Labels) -> int:
        return max((rule.cost for rule in self.covering(labels)), default=0)


def may_move(
    policy: MovePolicy,
    labels: Labels,
    *,
    wall: float,
    moved_at: Sequence[float] = (),
    warming: Sequence[int] = (),
) -> Waiting | None:
    """What keeps a resource from a soft move now; None: nothing does.

    ``moved_at``: wall clock seconds of its moves in the last 24 hours, the latest last. ``warming``: for
    each rule of the policy, how many of the resources that it covers are warming up. What ends last, or
    never, is named.
    """
    found: list[Waiting] = []
    if moved_at and policy.cooldown > 0 and 0 <= wall - moved_at[-1] < policy.cooldown:
        found.append(
            Waiting(
                code=WaitCode.COOLDOWN,
                sentence=f"It was moved less than {policy.cooldown:g} s ago.",
                until=moved_at[-1] + policy.cooldown,
            )
        )
    for number, rule in enumerate(policy.rules):
        if rule.covers(labels):
            count = warming[number] if number < len(warming) else 0
            found.extend(_kept_by(rule, wall, moved_at, count))
    return max(found, key=_lasts, default=None)


def _kept_by(rule: MoveRule, wall: float, moved_at: Sequence[float], warming: int) -> list[Waiting]:
    found = []
    if rule.never:
        found.append(Waiting(code=WaitCode.NEVER, sentence=f"The move policy ({rule}) says: never."))
    lately = [at for at in moved_at if 0 <= wall - at < DAY_S]
    if rule.per_day is not None and len(lately) >= rule.per_day:
        until = lately[-rule.per_day] + DAY_S if rule.per_day else None
        sentence = (
            f"It was moved {len(lately)} times in 24 hours, the move policy ({rule}) allows {rule.per_day}."
        )
        found.append(Waiting(code=WaitCode.PER_DAY, sentence=sentence, until=until))
    for quiet in rule.quiet:
        if (until := quiet.until(wall)) is not None:
            sentence = f"These are quiet hours of the move policy ({rule}): {quiet}."
            found.append(Waiting(code=WaitCode.QUIET, sentence=sentence, until=until))
    if rule.warming is not None and warming >= rule.warming:
        sentence = (
            f"{warming} resources of the move policy ({rule}) are warming up, at most {rule.warming} may."
        )
        found.append(Waiting(code=WaitCode.WARMING, sentence=sentence))
    return found


def _lasts(waiting: Waiting) -> tuple[bool, float]:
    """Never lasts longest; what ends when a worker answers ends soonest."""
    return waiting.code is WaitCode.NEVER, waiting.until or 0.0
