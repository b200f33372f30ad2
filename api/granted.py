"""What the facade granted, or the problem that says why it did not."""

from __future__ import annotations

from typing import TypeVar

from api.problem import Problem
from orchestrator.core.plan import Refused

Answer = TypeVar("Answer")


def granted(answer: Answer | Refused, status: int) -> Answer:
    """The answer. Raises Problem with this status where it was refused."""
    if isinstance(answer, Refused):
        raise Problem(status, answer.detail, answer.reasons)
    return answer
