"""What a person may allow for one kind: held removals, another place, the end of a lost instance."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from orchestrator.core.decisions import Reason, Refused
from orchestrator.core.model import Instance
from orchestrator.engine.answers.drill import Struck
from orchestrator.engine.contact import Contact
from orchestrator.engine.resync import Resync
from orchestrator.engine.supervisor import Supervisor
from orchestrator.engine.tenure import Tenure
from orchestrator.errors import Doubtful, NotNow, Permanent, Unavailable
from orchestrator.ports import InstanceSeen, Phase

Answer = TypeVar("Answer")

LOOK_EVERY_S = 0.5
"""How often who waits looks whether the store is still in touch."""

SOON_S = 0.05
COMMITTED_WITHIN_S = 10.0


class Operator:
    """Every call raises NotNow when it could not be carried out, or it is not known whether it was."""

    def __init__(self, tenure: Tenure, supervisor: Supervisor, contact: Contact, resync: Resync) -> None:
        self._tenure = tenure
        self._supervisor = supervisor
        self._contact = contact
        self._resync = resync

    async def accept_removals(self, digest: str, count: int, *, dry_run: bool = False) -> int | Refused:
        """Release exactly the held set that the digest names, each checked against the catalog once more.

        Returns how many were released, when they are: those that the catalog lists again are kept.
        """
        held = self._tenure.findings.held
        if held is None:
            return Refused(reason=Reason.UNCHANGED, detail="No removals are held.")
        if (held.digest, held.count) != (digest, count):
            return Refused(
                reason=Reason.HELD,
                detail=f"The held set is {held.digest} with {held.count} ids, not {digest} with {count}.",
                reasons=("Look at it again before you accept it.",),
            )
        await self.require_catalog()
        if self._tenure.findings.held is not held:
            return Refused(reason=Reason.HELD, detail="The held set has changed meanwhile.")
        if dry_run:
            return held.count
        inbox = self._tenure.inbox
        answer = inbox.accept(self._tenure.findings.let_go())
        try:
            return await self.answered(answer)
        except NotNow:
            # What is left of them is found again, and held again.
            self._resync.request()
            raise
        finally:
            inbox.withdraw(answer)

    async def accept_place(self, said: str, *, dry_run: bool = False) -> Refused | None:
        """Have the store name the place that this server sees instead of ``said``."""
        place = self._supervisor.place
        refused = place.accept(said, dry_run=dry_run)
        if refused is None and not dry_run:
            await self._until(lambda: self._tenure.view.state.place != said, "the store names this place")
        return refused

    async def fence(self, number: int, uid: str, actor: str, *, dry_run: bool = False) -> Refused | None:
        """Take a person's word that this instance runs no more, and have the runtime forget it.

        Refused where it was heard of lately, or the runtime still says what became of it.
        """
        kind, shard = self._tenure.setup.kind, self._tenure.shard(number)
        if shard is None:
            return Refused(detail=f"{kind} has no shard {number}.")
        seen = await self._look(number)
        if (doubt := self._doubt(number, seen, uid)) is not None:
            return doubt
        if dry_run:
            return None
        assert seen is not None
        if shard.instance is Instance.LIVE and shard.incarnation == seen.incarnation:
            self._tenure.roster.condemn(shard, Reason.OPERATOR, f"fenced by {actor}")
            self._tenure.inbox.wake()
            await self._until(lambda: not self._is_live(number, seen.incarnation), "the instance is given up")
            again = await self._look(number)
            if again is not None and again.uid == uid and again.phase not in (Phase.UNKNOWN, Phase.ENDED):
                return Refused(
                    detail=f"Meanwhile the runtime knows again what {uid} does: it is {again.phase.value}.",
                    reasons=("It is being ended in good order, and is then replaced.",),
                )
        if not self._tenure.leadership.holds():
            raise NotNow(self._tenure.leadership.why_doubt)
        try:
            await self._tenure.setup.runtime.force(kind, number, uid)
        except Permanent as error:
            return Refused(detail=str(error))
        except Unavailable as error:
            raise NotNow(str(error)) from error
        return None

    async def restart(
        self, number: int, incarnation: int | None, actor: str, *, dry_run: bool = False
    ) -> Struck | Refused:
        """Have the shard's instance replaced: it is asked to end, fenced, and the next one begins."""
        kind, shard = self._tenure.setup.kind, self._tenure.shard(number)
        if shard is None or shard.instance is not Instance.LIVE:
            return Refused(reason=Reason.UNCHANGED, detail=f"{kind} has no live instance of shard {number}.")
        if incarnation not in (None, shard.incarnation):
            return Refused(
                reason=Reason.UNCHANGED,
                detail=f"Incarnation {shard.incarnation} runs {kind} {number} now, not {incarnation}.",
            )
        asked = self._tenure.around.clock.wall()
        struck = Struck(kind=kind, shard=number, incarnation=shard.incarnation, since=asked)
        if dry_run:
            return struck
        self._tenure.roster.condemn(shard, Reason.OPERATOR, f"restarted by {actor}")
        self._tenure.inbox.wake()
        await self._until(lambda: not self._is_live(number, shard.incarnation), "the instance is to end")
        return struck

    async def require_catalog(self) -> None:
        """Raises NotNow when the catalog does not answer."""
        try:
            await self._contact.require()
        except Unavailable as error:
            raise NotNow(str(error)) from error

    async def answered(self, answer: asyncio.Future[Answer]) -> Answer:
        """The answer, for which somebody waits no longer than this leader is in no doubt."""
        try:
            while not answer.done():
                await asyncio.wait({answer}, timeout=LOOK_EVERY_S)
                if not answer.done():
                    self._require_touch()
            return answer.result()
        finally:
            # What was not begun is not carried out behind the back of who was told so.
            answer.cancel()

    async def _until(self, is_so: Callable[[], bool], what: str) -> None:
        clock = self._tenure.around.clock
        end = clock.monotonic() + COMMITTED_WITHIN_S
        while not is_so():
            self._require_touch()
            if clock.monotonic() > end:
                why = self._tenure.findings.trouble or "the store is slow"
                raise Doubtful(f"it is not known whether {what}: {why}; look again")
            await clock.sleep(SOON_S)

    def _require_touch(self) -> None:
        leadership = self._tenure.leadership
        if not leadership.holds():
            raise Doubtful(
                f"{leadership.why_doubt}, before it was known whether this was carried out:"
                " look at the kind when the store is back"
            )

    async def _look(self, number: int) -> InstanceSeen | None:
        setup = self._tenure.setup
        try:
            found = await setup.runtime.observe(setup.kind)
        except Unavailable as error:
            raise NotNow(str(error)) from error
        return {one.shard: one for one in found}.get(number)

    def _doubt(self, number: int, seen: InstanceSeen | None, uid: str) -> Refused | None:
        """Why the instance is not to be given up on a person's word."""
        name = f"{self._tenure.setup.instance_name}-{number}"
        if not self._supervisor.acts:
            return Refused(detail=f"This server does not see where {name} runs: {self._supervisor.trouble}")
        if seen is None or seen.uid != uid:
            found = "none" if seen is None else f"{seen.uid}, incarnation {seen.incarnation}"
            return Refused(detail=f"{name} is {found}, not {uid}: look at it again.")
        if seen.phase is not Phase.UNKNOWN:
            return Refused(
                detail=f"The runtime knows what {name} does: it is {seen.phase.value}.",
                reasons=(
                    "Only an instance of which the runtime knows nothing is given up on somebody's word.",
                ),
            )
        member = self._tenure.roster.members.get(number)
        if member is not None and member.incarnation == seen.incarnation and member.last_beat is not None:
            age = self._tenure.around.clock.monotonic() - member.last_beat
            if age < self._tenure.setup.health.deadline:
                return Refused(detail=f"{name} still answers: it was heard of {age:.1f} s ago.")
        if (wait := self._tenure.unheard_for()) > 0:
            return Refused(
                detail=f"Whether {name} still answers is not known: this server has only begun to listen.",
                reasons=(f"Ask again in {wait:.0f} s.",),
            )
        return None

    def _is_live(self, number: int, incarnation: int) -> bool:
        shard = self._tenure.shard(number)
        return shard is not None and (shard.instance, shard.incarnation) == (Instance.LIVE, incarnation)
