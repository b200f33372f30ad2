"""One deliberate break of the protocol, and what looks for it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.model.breaks import Patch, patched
from tests.mutation.detectors import Caught, Detector


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """``left_out``: the rule that the product keeps and the break does not; ``breaks``: what comes of it.

    ``says``: one of these stands in what the detector finds broken: it is caught for its own sake.
    """

    left_out: str
    breaks: str
    says: Sequence[str]
    detector: Detector
    patches: Sequence[Patch] = ()

    def run(self) -> Result:
        """Restores what it breaks."""
        began = time.perf_counter()
        with patched(self.patches):
            caught = self.detector.detect()
        wrong = self._wrong(caught)
        return Result(mutation=self.left_out, caught=caught, wrong=wrong, seconds=time.perf_counter() - began)

    def _wrong(self, caught: Caught | None) -> str:
        if caught is None:
            return "it is not caught"
        if not any(text in caught.rule for text in self.says):
            return f"something else is broken: {caught.rule}"
        if unbroken := self.detector.without(caught):
            return f"so it is with the rule in place: {unbroken}"
        return ""


@dataclass(frozen=True, kw_only=True)
class Result:
    """``wrong``: why the break does not count as caught; empty when it does."""

    mutation: str
    caught: Caught | None
    wrong: str
    seconds: float
