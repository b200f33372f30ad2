"""What the facade granted or found, or the problem that says why there is none."""

from __future__ import annotations

from typing import TypeVar

from api.problem import Problem
from orchestrator.core.decisions import Refused

Answer = TypeVar("Answer")


def granted(answer: Answer | Refused, status: int) -> Answer:
    """The answer. Raises Problem with this status where it was refused."""
    if isinstance(answer, Refused):
        raise Problem(status, answer.detail, answer.reasons)
    return answer


def known(answer: Answer | None, missing: str) -> Answer:
    """The answer. Raises Problem (404) with the sentence ``missing`` where there is none."""
    if answer is None:
        raise Problem(404, missing)
    return answer
