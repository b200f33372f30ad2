"""A service that is one native program."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tests.services.program import Program


class Server(ABC):
    """What can befall it."""

    _program: Program

    @property
    def runs(self) -> bool:
        return self._program.runs

    @abstractmethod
    def start(self) -> None:
        """Returns when it serves. Raises RuntimeError."""

    def pause(self) -> None:
        self._program.pause()

    def resume(self) -> None:
        self._program.resume()

    def kill(self) -> None:
        self._program.kill()

    def restart(self) -> None:
        """Kill it and start it again on the same ports, with what it keeps in its folder."""
        self.kill()
        self.start()

    def said(self, lines: int = 20) -> str:
        return self._program.said(lines)
