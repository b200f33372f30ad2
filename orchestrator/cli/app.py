"""The commands, put together."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import typer
from typer.main import get_command

from orchestrator.cli import demo, drill, place, plan, quarantine, record, removals, shard
from orchestrator.cli.address import ServerOption
from orchestrator.cli.config import app as config
from orchestrator.cli.coverage import coverage
from orchestrator.cli.dev import dev
from orchestrator.cli.doctor import doctor
from orchestrator.cli.events import events
from orchestrator.cli.explain import explain
from orchestrator.cli.export import export
from orchestrator.cli.fence import fence
from orchestrator.cli.get import app as get
from orchestrator.cli.import_ import import_
from orchestrator.cli.logs import logs
from orchestrator.cli.orchestrate import orchestrate
from orchestrator.cli.pins import pin, unpin
from orchestrator.cli.plan_acts import apply, cancel, pause, resume, undo
from orchestrator.cli.replay import replay
from orchestrator.cli.resync import resync
from orchestrator.cli.run import run
from orchestrator.cli.sizing import sizing
from orchestrator.cli.status import status
from orchestrator.cli.version import version

# Plain help and plain usage errors: boxes are unreadable in a log and to a screen reader.
app = typer.Typer(
    name="shardwright",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"max_content_width": 110},
)


@app.callback()
def shardwright(server: ServerOption = None) -> None:
    """Every resource of a catalog is run by exactly one live instance.

    Exit codes: 0 ok; 1 differs, unhealthy or failed; 2 usage; 3 refused; 4 unavailable or a stale
    answer; 130 interrupted.
    """
    if server is not None:
        os.environ["SHARDWRIGHT_SERVER"] = server


for each in (run, status, explain, orchestrate, resync, events, logs, fence, doctor, version):
    app.command()(each)
for act in (apply, pause, resume, cancel, undo):
    app.command()(act)
app.command()(coverage)
app.command()(dev)
app.command()(export)
app.command()(replay)
app.command()(sizing)
app.command()(pin)
app.command()(unpin)
app.command("import")(import_)
for name, group in (
    ("get", get),
    ("removals", removals.app),
    ("plan", plan.app),
    ("place", place.app),
    ("quarantine", quarantine.app),
    ("record", record.app),
    ("shard", shard.app),
    ("drill", drill.app),
    ("demo", demo.app),
    ("config", config),
):
    app.add_typer(group, name=name)


def command() -> Callable[..., Any]:
    """The whole command line, to be called with no arguments."""
    return get_command(app)
