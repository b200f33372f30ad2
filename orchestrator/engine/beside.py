"""Tells those who only keep an account of what happens: a bug of theirs breaks nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec

import structlog

from orchestrator.engine.recorder import Recorder

log = structlog.get_logger()

P = ParamSpec("P")


class Beside:
    """Of one kind. Counted is each time as ``bugs.<account>``."""

    def __init__(self, kind: str, recorder: Recorder) -> None:
        self._kind = kind
        self._recorder = recorder
        self._said: dict[str, str] = {}

    def __call__(self, account: str, tell: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Call it; what it raises is counted, and logged where it is not what it was the last time."""
        try:
            tell(*args, **kwargs)
        except Exception as bug:
            self._recorder.counters[f"bugs.{account}"] += 1
            if self._said.get(account) != repr(bug):
                self._said[account] = repr(bug)
                log.error("account failed", kind=self._kind, account=account, error=repr(bug), exc_info=bug)
