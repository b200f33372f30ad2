"""``shardwright alerts test``: whether those who are told of alarms can be reached."""

from __future__ import annotations

import asyncio
import os
from typing import Annotated

import typer

from orchestrator.cli.address import ConfigOption, OutputOption, config_path
from orchestrator.cli.failure import Exit, Failure
from orchestrator.cli.printing import Output, columns, show

app = typer.Typer(help="Try who is told of alarms.", no_args_is_help=True, rich_markup_mode=None)

TargetArgument = Annotated[
    list[str] | None, typer.Argument(metavar="TARGET...", help="of alerts.targets; none: all of them")
]


@app.callback()
def alerts() -> None:
    """Try who is told of alarms."""


@app.command()
def test(
    targets: TargetArgument = None, config: ConfigOption = None, output: OutputOption = Output.TABLE
) -> None:
    """Send a message that says that it is a test, from this machine with its configuration.

    Exits 1 when one of the targets does not take it.
    """
    from orchestrator.bootstrap.alerting import send_test
    from orchestrator.settings import read

    settings, _ = read(config_path(config), os.environ)
    if not settings.alerts.targets:
        raise Failure(Exit.FAILED, "nobody is told of alarms: alerts.targets is empty", "")
    found = asyncio.run(send_test(settings, targets or []))
    data = [{"target": name, "taken": not fault, "fault": fault or None} for name, fault in found.items()]
    rows = [(name, fault or "taken") for name, fault in found.items()]
    show(output, data, columns(("TARGET", "RESULT"), rows))
    faults = [fault for fault in found.values() if fault]
    if faults:
        raise Failure(Exit.FAILED, f"{len(faults)} of {len(found)} did not take it", "", faults)
