"""Whether this replica sees the place where the instances of a kind run, as the store names it.

Instances that a leader does not see it would take for ended, and start a second time elsewhere.
"""

from __future__ import annotations

from orchestrator.core.decisions import Reason, Refused
from orchestrator.engine.tenure import Tenure
from orchestrator.errors import Unavailable

LISTENS_S = 20.0
"""For so long at most it is listened for the former instances; a leader of none makes room soon after."""


class RuntimePlace:
    """``trouble``: why nothing may be asked of the runtime, a sentence; empty when it may, or is not known.

    ``is_elsewhere``: the store names another place than this replica has; ``here``: which one that is,
    empty where the store names it or it is not known.
    """

    def __init__(self, tenure: Tenure) -> None:
        self.trouble = ""
        self.is_elsewhere = False
        self._tenure = tenure
        self._own: str | None = None

    @property
    def here(self) -> str:
        return (self._own or "") if self.is_elsewhere else ""

    async def fits(self) -> bool:
        """Whether the store names the place that this replica has; where it names none, it soon will."""
        if self._own is None:
            setup = self._tenure.setup
            try:
                self._own = await setup.runtime.place()
            except Unavailable as error:
                self.trouble = str(error)
                return False
        said = self._tenure.view.state.place
        self.is_elsewhere = bool(said) and said != self._own
        self.trouble = self._refusal(said, self._own) if self.is_elsewhere else ""
        if said != self._own and not self.is_elsewhere:
            self._tenure.claim_place(self._own, Reason.INITIALISED)
        return said == self._own

    def accept(self, said: str, *, dry_run: bool = False) -> Refused | None:
        """Have the store name this replica's place instead of the one that was shown.

        Refused while an instance is heard of, which runs at the other place, and before one would have been.
        """
        kind, there = self._tenure.setup.kind, self._tenure.view.state.place
        if self._own is None:
            return Refused(detail=f"Where this server's instances of {kind} run is not known: {self.trouble}")
        if not self.is_elsewhere:
            return Refused(reason=Reason.UNCHANGED, detail=f"{kind} runs here: {_worded(there)}.")
        if not self._own:
            return Refused(detail="This server cannot tell where its own instances run.")
        if said != there:
            return Refused(
                detail=f"The store says {_worded(there)}, not {_worded(said)}.",
                reasons=("Look at it again before you accept it.",),
            )
        if beating := self._beating():
            return Refused(
                detail=f"Instances of {kind} still run at the other place: shards {beating} were heard of.",
                reasons=("End them there first, or they would be started here a second time.",),
            )
        if (wait := self._tenure.unheard_for(LISTENS_S)) > 0:
            return Refused(
                detail=f"Whether instances of {kind} still run at the other place is not known: this server"
                " has only begun to listen for them.",
                reasons=(f"Ask again in {wait:.0f} s.",),
            )
        if not dry_run:
            self._tenure.claim_place(self._own, Reason.OPERATOR)
        return None

    def _beating(self) -> str:
        tenure = self._tenure
        now, deadline = tenure.around.clock.monotonic(), tenure.setup.health.deadline
        heard = [
            number
            for number, member in sorted(tenure.roster.members.items())
            if member.last_beat is not None and now - member.last_beat < deadline
        ]
        return ", ".join(map(str, heard[:10]))

    def _refusal(self, said: str, own: str) -> str:
        kind = self._tenure.setup.kind
        return (
            f"the store says that the instances of {kind} run in {_worded(said)}, this server's would in"
            f" {_worded(own)}: it starts and stops none. Correct its configuration, or, when nothing runs"
            f" there any more: shardwright place accept {kind}"
        )


def _worded(place: str) -> str:
    return place or "a place that it cannot tell (may it read its namespace?)"
