"""A service that is one native program."""

from __future__ import annotations

from tests.services.program import Program


class Server:
    """What can befall it. ``start``, each one's own, returns when it serves, or raises RuntimeError."""

    _program: Program

    @property
    def runs(self) -> bool:
        return self._program.runs

    def start(self) -> None:
        raise NotImplementedError

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
