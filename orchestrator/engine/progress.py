"""How far a kind's one writer has come with what follows from the input that it took last."""

from __future__ import annotations

from enum import Enum, auto
from typing import Any

from orchestrator.core.plans.papers import head_name
from orchestrator.core.plans.proposal import plan_number
from orchestrator.core.view import View


class _Part(Enum):
    PLAN = auto()
    BETWEEN = auto()
    STEP = auto()


class Progress:
    """From an input follows a plan, and once that is written the next step of the moves under way.

    ``of``: the number of the input; None: there is none, or all that followed from it is written.
    ``is_stepped``: whether that step follows from this input, and not from one after it in the same pass.
    """

    def __init__(self) -> None:
        self.is_stepped = False
        self.of: int | None = None
        self._plan_id = ""
        self._part = _Part.PLAN
        self._commit = 0

    def begin(self, of: int, view: View, *, plan_id: str = "", is_stepped: bool = True) -> None:
        """The plan of the input with this number is to be written, on this view.

        ``plan_id``: that of an orchestration, of which a list of moves is to be kept, too.
        """
        self.of, self._plan_id, self.is_stepped = of, plan_id, is_stepped
        self._part, self._commit = _Part.PLAN, view.state.commit

    def begin_step(self, view: View) -> None:
        self._part, self._commit = _Part.STEP, view.state.commit

    def written(self) -> None:
        """What was begun is written to its end."""
        if self._part is _Part.PLAN:
            self._part = _Part.BETWEEN

    def end(self) -> None:
        """All that followed from the input is written."""
        self.of = None

    def cut(self, view: View) -> dict[str, Any] | None:
        """Nothing more of it is written: how far it came, as a replay reads it; None: there is no input.

        ``view``: the kind as it is known to be written.
        """
        if self.of is None:
            return None
        is_plan = self._part is _Part.PLAN
        written = 0 if self._part is _Part.BETWEEN else max(0, view.state.commit - self._commit)
        part: dict[str, Any] = {"of": self.of, "plan" if is_plan else "step": written}
        number = plan_number(self._plan_id)
        if number is not None and not is_plan and head_name(number) not in view.papers:
            part["listed"] = False
        self.end()
        return part
