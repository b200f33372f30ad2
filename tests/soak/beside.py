"""Work that goes on in a thread of its own until it is told to end."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Beside(ABC):
    """``with``: begins it and ends it. What went wrong in it is raised at the end."""

    def __init__(self, every: float) -> None:
        self._every = every
        self._ended = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name=type(self).__name__, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join(120.0)
        if self._failure is not None and error is None:
            raise self._failure

    @abstractmethod
    def step(self) -> None:
        """Once."""

    def _run(self) -> None:
        try:
            while not self._ended.is_set():
                self.step()
                self._ended.wait(self._every)
        except Exception as exc:  # noqa: BLE001 - raised at the end
            self._failure = exc
