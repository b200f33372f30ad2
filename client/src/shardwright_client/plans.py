"""Numbered plans: computed, reviewed, applied, paused, cancelled, taken back."""

from __future__ import annotations

from collections.abc import Iterator

from shardwright_client.answers import Move, Plan, PlanSummary
from shardwright_client.calls import Calls
from shardwright_client.kinds import KINDS, wish

PAGE = 1_000


class Plans(Calls):
    """Of one kind, by number."""

    def plans(self, kind: str) -> list[PlanSummary]:
        """The newest first."""
        found: list[PlanSummary] = self.get(*_of(kind))["items"]
        return found

    def plan(self, kind: str, number: int) -> Plan:
        found: Plan = self.get(*_of(kind, number))
        return found

    def plan_moves(self, kind: str, number: int) -> Iterator[Move]:
        """Every move of a plan, page by page."""
        yield from self.pages(*_of(kind, number, "moves"), limit=PAGE)

    def make_plan(
        self,
        kind: str,
        *,
        max_instances: int | None = None,
        resource_per_instance: int | None = None,
        note: str | None = None,
        key: str | None = None,
    ) -> Plan:
        """Compute what an orchestration would do, and change nothing."""
        asked = wish(maxInstances=max_instances, resourcePerInstance=resource_per_instance, note=note or None)
        done: Plan = self.post(*_of(kind), body=asked, key=key)
        return done

    def undo_plan(self, kind: str, number: int, *, note: str | None = None, key: str | None = None) -> Plan:
        """Compute the plan of the way back, and change nothing."""
        done: Plan = self.post(*_of(kind, number, "undo"), body=wish(note=note or None), key=key)
        return done

    def apply_plan(
        self,
        kind: str,
        number: int,
        *,
        override: str | None = None,
        reason: str | None = None,
        dry_run: bool = False,
        if_match: str | None = None,
    ) -> Plan:
        """Carry a plan out; once more, tell how far it has come.

        ``override``: the id of the plan again, to go beyond the limits, for which a ``reason`` is due.
        """
        done: Plan = self.post(
            *_of(kind, number, "apply"),
            body=wish(override=override, reason=reason),
            dryRun=dry_run or None,
            if_match=if_match,
        )
        return done

    def act_on_plan(
        self, kind: str, number: int, act: str, *, dry_run: bool = False, if_match: str | None = None
    ) -> Plan:
        """``act``: pause, resume or cancel."""
        done: Plan = self.post(*_of(kind, number, act), dryRun=dry_run or None, if_match=if_match)
        return done

    def remove_plan(self, kind: str, number: int, *, dry_run: bool = False) -> Plan:
        """Remove a plan that was not applied."""
        done: Plan = self.delete(*_of(kind, number), dryRun=dry_run or None)
        return done


def _of(kind: str, number: int | None = None, *more: str) -> tuple[str, ...]:
    base = (*KINDS, kind, "plans")
    return base if number is None else (*base, str(number), *more)
