"""How work that takes long comes along: a bar on a terminal, lines elsewhere; on standard error alone."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from orchestrator.cli.failure import tell
from orchestrator.cli.printing import say
from orchestrator.core.printable import printable

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Bar:
    """One piece of work. Where standard error is no terminal each new state is a line.

    ``label``: what the bar is called on a terminal.
    """

    def __init__(self, label: str) -> None:
        self._label = label
        self._said = ""
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            # Rich takes a fifth of the start, which a pipe need not pay.
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

            console = Console(stderr=True, no_color=bool(os.environ.get("NO_COLOR")), highlight=False)
            text = TextColumn("{task.fields[said]}", markup=False)
            name = TextColumn("{task.description}", markup=False)
            # What is written to standard output is data, and stays there.
            self._progress = Progress(
                *(name, BarColumn(), text, TimeElapsedColumn()),
                console=console,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._progress.start()
            self._task = self._progress.add_task(printable(self._label), total=None, said="")
        return self

    def tell(self, line: str, done: float | None = None, total: float | None = None) -> None:
        """``line``: the state in words; ``done`` of ``total``: how far it has come, where that is known."""
        if self._progress is None or self._task is None:
            if line != self._said:
                tell(line)
        else:
            self._progress.update(self._task, said=printable(line), completed=done, total=total)
        self._said = line

    def note(self, line: str) -> None:
        """Something beside the state, which stays."""
        if self._progress is None:
            tell(line)
        else:
            self._above(line)

    def say(self, lines: Iterable[str]) -> None:
        """Data for people: on standard output, and above the bar where both are the same terminal."""
        if self._progress is None or not sys.stdout.isatty():
            say(lines)
            sys.stdout.flush()
            return
        for line in lines:
            self._above(line)

    def _above(self, line: str) -> None:
        if self._progress is not None:
            self._progress.console.print(printable(line), markup=False, soft_wrap=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.stop()
