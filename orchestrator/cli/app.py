"""The commands, put together."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.main import get_command

from orchestrator.cli.address import ServerOption
from orchestrator.cli.lazy import LazyGroup

PLACES = {
    "status": "status:status",
    "get": "get:app",
    "describe": "describe:app",
    "explain": "explain:explain",
    "coverage": "coverage:coverage",
    "sizing": "sizing:sizing",
    "events": "events:events",
    "logs": "logs:logs",
    "watch": "watch:watch",
    "orchestrate": "orchestrate:orchestrate",
    "plan": "plan:app",
    "diff": "diff:diff",
    "apply": "plan_acts:apply",
    "pause": "plan_acts:pause",
    "resume": "plan_acts:resume",
    "cancel": "plan_acts:cancel",
    "undo": "plan_acts:undo",
    "resync": "resync:resync",
    "removals": "removals:app",
    "place": "place:app",
    "pin": "pins:pin",
    "unpin": "pins:unpin",
    "shard": "shard:app",
    "quarantine": "quarantine:app",
    "restart": "restart:restart",
    "drain": "restart:drain",
    "fence": "fence:fence",
    "drill": "drill:app",
    "record": "record:app",
    "replay": "replay:replay",
    "export": "export:export",
    "import": "import_:import_",
    "backup": "backup:backup",
    "restore": "restore:restore",
    "upgrade": "upgrade:app",
    "database": "database:app",
    "user": "user:app",
    "token": "token:app",
    "audit": "audit:app",
    "alerts": "alerts:app",
    "login": "login:login",
    "logout": "login:logout",
    "context": "context:app",
    "completion": "completion:completion",
    "config": "config:app",
    "doctor": "doctor.doctor:doctor",
    "run": "run:run",
    "dev": "dev:dev",
    "demo": "demo:app",
    "version": "version:version",
}
"""Where each command stands: module and name within this package; in the order of the help."""


class Program(LazyGroup):
    """The commands of this package, each imported when it is called."""

    places = {name: f"orchestrator.cli.{place}" for name, place in PLACES.items()}  # noqa: RUF012


# Plain help and plain usage errors: boxes are unreadable in a log and to a screen reader.
app = typer.Typer(
    name="shardwright",
    cls=Program,
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"max_content_width": 110},
)


@app.callback()
def shardwright(
    server: ServerOption = None,
    context: Annotated[
        str | None,
        typer.Option("--context", metavar="NAME", help="The server of this context; see `context list`."),
    ] = None,
) -> None:
    """Every resource of a catalog is run by exactly one live instance.

    Exit codes: 0 ok; 1 differs, unhealthy or failed; 2 usage; 3 refused; 4 unavailable or a stale
    answer; 130 interrupted.

    Which server: --server, --context, $SHARDWRIGHT_SERVER, $SHARDWRIGHT_CONTEXT, the current context, and
    last the one that runs here.
    """
    if server is not None and context is not None:
        raise typer.BadParameter("--server and --context both name a server")
    if server is not None:
        os.environ["SHARDWRIGHT_SERVER"] = server
    if context is not None:
        os.environ["SHARDWRIGHT_CONTEXT"], os.environ["SHARDWRIGHT_SERVER"] = context, ""


def command() -> Callable[..., Any]:
    """The whole command line, to be called with no arguments."""
    return get_command(app)
