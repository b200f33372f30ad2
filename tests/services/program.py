"""A native program in a process group of its own, and the faults that can befall it."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from tests.services.waiting import wait_for

_PR_SET_PDEATHSIG = 1
_PARENT = ThreadPoolExecutor(1, thread_name_prefix="service-parent")
"""The kernel ends a child when the *thread* that made it ends; this one ends with the process."""


class Program:
    """``folder``: where it works and where its output goes (``output.log``)."""

    def __init__(self, argv: Sequence[str], folder: Path, env: Mapping[str, str] | None = None) -> None:
        self.argv = list(argv)
        self.output = folder / "output.log"
        self._folder = folder
        self._env = {**os.environ, **(env or {})}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        assert not self.runs, "it runs already"
        self._process = _PARENT.submit(self._spawn).result()

    def wait_ready(
        self, serves: Callable[[], object], within: float, what: str, every: float = 0.05
    ) -> float:
        """Wait until it serves; returns the seconds it took.

        Raises RuntimeError with its last words when it ends before, or does not serve in time: it is killed.
        """
        try:
            took = wait_for(lambda: not self.runs or serves(), within, what, every)
        except AssertionError as exc:
            self.kill()
            raise RuntimeError(f"{exc}\n{self.said()}") from exc
        if not self.runs:
            raise RuntimeError(f"it ended before this was so: {what}\n{self.said()}")
        return took

    def pause(self) -> None:
        """Returns when each of its threads stands still: until then one that runs may go on with its work."""
        self._signal(signal.SIGSTOP)
        wait_for(lambda: not self.runs or self._stands_still(), 5.0, "it stands still", every=0.001)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once, as a crash does, and wait until it is gone. May be repeated."""
        self._signal(signal.SIGKILL)
        self._wait(10)

    def stop(self, within: float = 5) -> None:
        """Ask it to end, and end it when it has not ``within`` these seconds. May be repeated."""
        self._signal(signal.SIGCONT)
        self._signal(signal.SIGTERM)
        try:
            self._wait(within)
        except subprocess.TimeoutExpired:
            self.kill()

    def said(self, lines: int = 20) -> str:
        """The end of its output, for the message of a failure."""
        if not self.output.exists():
            return ""
        return "\n".join(self.output.read_text(errors="replace").splitlines()[-lines:])

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self.output.open("ab") as output:
            return subprocess.Popen(
                self.argv,
                cwd=self._folder,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def _stands_still(self) -> bool:
        assert self._process is not None
        states = []
        for thread in Path(f"/proc/{self._process.pid}/task").iterdir():
            # One may end meanwhile.
            with suppress(FileNotFoundError, ProcessLookupError):
                states.append((thread / "stat").read_text().rpartition(") ")[2][0])
        return all(state in "TZX" for state in states)

    def _wait(self, within: float) -> None:
        if self._process is not None:
            self._process.wait(within)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
