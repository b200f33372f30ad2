"""The page of runbooks: its sections, the commands in them, and who follows them."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tests.observability.firing import Samples, differs, samples
from tests.observability.metric_names import ROOT
from tests.product.product import Product
from tests.product.transcript import CHANGES, Step, steps, unlike

PAGE = ROOT / "docs" / "runbooks.md"
LABEL = re.compile(r"^\*\*([^*]+?)\.\*\*")
HEADING = re.compile(r"^## (\w+)$")
URL = "http://127.0.0.1:8080"
LATER_S, COMMAND_S, ALERT_S = 25.0, 60.0, 30.0
BIN = Path(sys.executable).parent


def sections() -> dict[str, list[tuple[int, str]]]:
    """The numbered lines of each section, by its heading."""
    found: dict[str, list[tuple[int, str]]] = {}
    current = None
    for number, line in enumerate(PAGE.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("## "):
            heading = HEADING.match(line)
            current = None if heading is None else found.setdefault(heading[1], [])
        elif current is not None:
            current.append((number, line))
    return found


def labels(section: list[tuple[int, str]]) -> dict[str, int]:
    """The bold words that begin a paragraph, with the line they stand in."""
    return {found[1]: number for number, line in section if (found := LABEL.match(line))}


def commands(alert: str) -> dict[str, list[Step]]:
    """The commands of the alert's section, by the label that stands above them."""
    section = sections()[alert]
    first, last = section[0][0], section[-1][0]
    found: dict[str, list[Step]] = {}
    for step in steps(PAGE):
        if isinstance(step, Step) and first <= step.line <= last:
            above = [label for label, line in labels(section).items() if line < step.line]
            found.setdefault(above[-1], []).append(step)
    return found


class Runbook:
    """One section of the page, followed beside a product that is in the trouble that it tells of.

    Leaving it fails when a command of the section was not tried.
    """

    def __init__(self, alert: str, product: Product) -> None:
        self._alert = alert
        self._product = product
        self._commands = commands(alert)
        self._since = time.monotonic()
        self._before = self._scrape()

    def __enter__(self) -> Runbook:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            assert not self._commands, f"{self._alert}: nobody tried {self._commands}"

    def fires(self, within: float = ALERT_S) -> None:
        """Wait until the alert would fire if all went on as it is now."""
        self._until(within, fires=True)

    def do(self, label: str, values: Mapping[str, str] | None = None) -> None:
        """Give the commands below this label. ``values``: what stands for words of the page."""
        for step in self._commands.pop(label):
            where = f"{PAGE.name}:{step.line}: {step.command}"
            command = step.command.replace(URL, self._product.url)
            for word, value in (values or {}).items():
                command = re.sub(rf"(?<![\w-]){re.escape(word)}(?![\w-])", value, command)
            limit = time.monotonic() + (0.0 if CHANGES.search(step.command) else LATER_S)
            while missing := unlike(step.output, real := self._said(command, where)):
                assert time.monotonic() < limit, f"{where}\nnot there: {missing}\nbut: {real[-3000:]}"
                time.sleep(0.5)

    def is_over(self, label: str = "Over", within: float = ALERT_S) -> None:
        """Wait until it would fire no more, with what the page says is seen then."""
        self._before = self._scrape()
        if label in self._commands:
            self.do(label)
        self._until(within, fires=False)

    def _until(self, within: float, *, fires: bool) -> None:
        limit = time.monotonic() + within
        while True:
            now = self._scrape()
            seconds = time.monotonic() - self._since if fires else 0.0
            wrong = differs(self._alert, self._before, now, fires=fires, seconds=seconds)
            if not wrong:
                return
            assert time.monotonic() < limit, (self._alert, wrong, _told(now))
            time.sleep(0.4)

    def _scrape(self) -> Samples:
        answer = self._product.get("/metrics")
        assert answer.status == 200, answer
        return samples(answer.text)

    def _said(self, command: str, where: str) -> str:
        environment = self._product.environment
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self._product.data.parent,
            env={**environment, "PATH": f"{BIN}:{environment['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
            timeout=COMMAND_S,
        )
        # 1 and 4 tell of trouble, which there is; more is a command that was not understood.
        assert done.returncode in (0, 1, 4), f"{where}\n{done.returncode}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr


def _told(now: Samples) -> list[str]:
    """What helps to understand why an alert does not fire, or does."""
    wanted = ("coverage_ids", "alarms", "shards{", "ready", "leader", "dependency", "age", "journal", "held")
    return [f"{name} {value:g}" for name, value in now.items() if any(each in name for each in wanted)]
