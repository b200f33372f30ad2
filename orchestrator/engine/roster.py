"""What this leader knows of the instances of a kind beyond the store: beats, observations, ends.

All of it is forgotten with the office; a new leader learns it anew. No input or output here.
"""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.core.decisions import Reason
from orchestrator.core.due import Due
from orchestrator.core.health import Diagnosis, Pulse, backoff, diagnose
from orchestrator.core.lifecycle import Verdict
from orchestrator.core.model import Instance, Protocol, Shard
from orchestrator.core.moves.handoff import Report, acknowledged
from orchestrator.core.policy import HealthPolicy, KindPolicy
from orchestrator.engine.member import Member
from orchestrator.ports import Beat


class Roster:
    """``live``, ``stopping``, ``draining``: the shards of which that is so. ``due``: when which of those
    that are live is to be diagnosed next. ``heard_since``: when the channel of the beats last began to
    prove itself; a worker needs time too to find a channel that was away. ``reported_at``: when anybody
    last said what he holds.
    """

    def __init__(self, policy: KindPolicy, health: HealthPolicy, leading_since: float) -> None:
        self.policy = policy
        self.health = health
        self.leading_since = self.heard_since = leading_since
        self.members: dict[int, Member] = {}
        self.reports: dict[int, Report] = {}
        self.reported_at: float | None = None
        self.live: set[int] = set()
        self.stopping: set[int] = set()
        self.draining: set[int] = set()
        self.due = Due()
        self._entries_seen: dict[int, dict[int, float]] = {}

    def member(self, shard: Shard) -> Member:
        """The shard's entry, begun anew with each incarnation."""
        known = self.members.get(shard.number)
        if known is None:
            known = self.members[shard.number] = Member(incarnation=shard.incarnation)
        elif known.incarnation != shard.incarnation:
            known = self.members[shard.number] = Member(
                incarnation=shard.incarnation,
                failures=known.failures,
                not_before=known.not_before,
                complaint=known.complaint,
            )
            self.reports.pop(shard.number, None)
            self._entries_seen.pop(shard.number, None)
        return known

    def current(self, shard: Shard) -> Member | None:
        """What is known of the very incarnation that the shard has; None: nothing."""
        member = self.members.get(shard.number)
        return member if member is not None and member.incarnation == shard.incarnation else None

    def forget(self, number: int) -> None:
        self.members.pop(number, None)
        self.reports.pop(number, None)
        self._entries_seen.pop(number, None)
        for group in (self.live, self.stopping, self.draining):
            group.discard(number)
        self.due.drop(number)

    def keep(self, shards: Mapping[int, Shard], now: float) -> None:
        """After a load: what was known of shards that are gone, and of entries that are, is so no more."""
        for number in [n for n in self.members if n not in shards]:
            self.forget(number)
        for shard in shards.values():
            self.follow(shard, now)

    def follow(self, shard: Shard, now: float) -> None:
        """The shard is now so: it was loaded or changed."""
        known = self.members.get(shard.number)
        if known is None or known.incarnation != shard.incarnation:
            self.member(shard).since = now
        for group, is_in in (
            (self.live, shard.instance is Instance.LIVE),
            (self.stopping, shard.instance is Instance.STOPPING),
            (self.draining, not shard.is_active),
        ):
            (group.add if is_in else group.discard)(shard.number)
        if shard.instance is Instance.LIVE and self.health.heart:
            self.due.at(shard.number, now)
        else:
            self.due.drop(shard.number)
        self.watch_entries(shard, now)

    # --- what is heard and seen ---

    def is_outdated(self, shard: Shard, beat: Beat) -> bool:
        """Whether the beat comes from an instance that is over, or may do so where none is named."""
        if shard.instance is Instance.NONE:
            return True
        if beat.incarnation is None:
            return beat.received < self.member(shard).since
        return beat.incarnation < shard.incarnation

    def heard(self, shard: Shard, beat: Beat, *, counts: bool, acknowledges: bool = True) -> None:
        """A beat of the shard's current incarnation; ``counts``: its channel decides over life and death.

        ``acknowledges``: what it says of the ids it holds is to be believed.
        """
        member = self.member(shard)
        if counts:
            # a channel with several partitions brings an older one after a newer one
            member.last_beat = max(beat.received, member.last_beat or beat.received)
            member.remember(beat.received)
        member.load, member.load_at = beat.load, beat.received
        self.accept(shard, beat.received)
        if acknowledges and beat.generation is not None and beat.pending is not None:
            self.reported_at = max(beat.received, self.reported_at or beat.received)
            member.reported_first = member.reported_first or beat.received
            self.reports[shard.number] = Report(
                incarnation=shard.incarnation,
                generation=beat.generation,
                pending=beat.pending,
                more=beat.more,
            )

    def accept(self, shard: Shard, now: float) -> None:
        """The runtime has the instance."""
        member = self.member(shard)
        if not member.accepted:
            member.accepted = True
            member.started = now
            if self.health.heart and shard.instance is Instance.LIVE:
                self.due.at(shard.number, now)

    def saw_begun(self, shard: Shard, now: float, *, pending: bool) -> None:
        """Whether the runtime has yet to begin the accepted instance: its grace runs from the beginning."""
        member = self.member(shard)
        if pending or member.pending:
            member.started = now
        member.pending = pending

    def saw_end(self, shard: Shard, reason: Reason, detail: str, now: float) -> None:
        """The runtime says that the live instance has ended, is missing, or will never start."""
        member = self.member(shard)
        if member.verdict is not None:
            return
        member.verdict = Verdict(incarnation=shard.incarnation, reason=reason, detail=detail)
        if not member.accepted and reason is not Reason.REJECTED:
            # an earlier leader's instance: nobody here knows how long it lived
            return
        if member.accepted and now - member.started >= self.health.stable_after:
            member.failures, member.complaint = 0, ""
        else:
            member.failures += 1
            member.complaint = detail
        # the first replacement is immediate: only a repeated early end is a crash loop
        member.not_before = now + backoff(member.failures - 1, self.health)

    def fence(self, shard: Shard, evidence: str) -> None:
        self.member(shard).evidence = evidence

    # --- what follows ---

    def verdicts(self) -> dict[int, Verdict]:
        return {n: m.verdict for n, m in self.members.items() if m.verdict is not None}

    def fenced(self, shards: Mapping[int, Shard]) -> dict[int, str]:
        return {
            number: member.evidence
            for number, member in self.members.items()
            if member.evidence
            and number in shards
            and shards[number].instance is Instance.STOPPING
            and shards[number].incarnation == member.incarnation
        }

    def waiting(self, now: float) -> set[int]:
        return {number for number, member in self.members.items() if member.not_before > now}

    def diagnosis(self, shard: Shard, now: float) -> Diagnosis | None:
        """The health of the shard's instance by its beats; None where beats do not decide."""
        member = self.current(shard)
        if not self.health.heart or shard.instance is not Instance.LIVE:
            return None
        if member is None or not member.accepted:
            return None
        since = max(self.leading_since, self.heard_since)
        started = now if member.pending else member.started
        pulse = Pulse(started=started, last_beat=member.last_beat, listening_since=since)
        return diagnose(pulse, self.health, now=now)

    # --- hand-offs ---

    def watch_entries(self, shard: Shard, now: float) -> Mapping[int, float]:
        """When this leader first saw the releasing entries of each generation of the shard."""
        current = {entry.generation for _, entry in shard.entries()}
        if not current:
            self._entries_seen.pop(shard.number, None)
            return {}
        known = self._entries_seen.get(shard.number, {})
        seen = {generation: known.get(generation, now) for generation in current}
        self._entries_seen[shard.number] = seen
        return seen

    def entries_seen(self) -> Mapping[int, Mapping[int, float]]:
        """By shard and generation, when this leader first saw the entries that are still releasing."""
        return self._entries_seen

    def condemn(self, shard: Shard, reason: Reason, detail: str) -> None:
        """Have this incarnation replaced."""
        self.member(shard).verdict = Verdict(incarnation=shard.incarnation, reason=reason, detail=detail)

    def acknowledged(self, shard: Shard) -> int | None:
        return acknowledged(shard, self.reports.get(shard.number))

    def awake(self, shards: Mapping[int, Shard]) -> frozenset[int]:
        """The shards whose instance answers (or runs, where workers cannot answer)."""
        live = {n: shard for n, shard in shards.items() if shard.instance is Instance.LIVE}
        if self.policy.protocol is Protocol.V1:
            return frozenset(n for n, shard in live.items() if self.acknowledged(shard) is not None)
        return frozenset(n for n, shard in live.items() if self.member(shard).accepted)

    def coming(self, shards: Mapping[int, Shard]) -> frozenset[int]:
        """The shards whose instance is about to answer: it has yet to, and does not keep ending early."""
        asleep = self.live.intersection(shards) - self.awake(shards)
        return frozenset(n for n in asleep if not self.member(shards[n]).failures)

    def wake_at(self, after: float) -> float | None:
        """When a wait that nothing else announces ends next; ``after``: when the last pass began."""
        times = [m.not_before for m in self.members.values()]
        if self.policy.protocol is Protocol.SEED:
            for seen in self._entries_seen.values():
                times.extend(at + self.policy.seed_release_wait for at in seen.values())
        return min((at for at in times if at > after), default=None)
