"""``shardwright run``: the server."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from orchestrator.cli.address import ConfigOption, configured
from orchestrator.cli.printing import say

if TYPE_CHECKING:
    from orchestrator.bootstrap import Announcement
    from orchestrator.settings import Settings


def run(
    config: ConfigOption = None,
    data_dir: Annotated[
        Path | None,
        typer.Option("--data-dir", metavar="DIR", help="The folder of everything that is written."),
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", metavar="N", help="The port of page and API; 0: any free.")
    ] = None,
) -> None:
    """Run the server until it is interrupted."""
    given: dict[str, Any] = {"data_dir": data_dir, "api.port": port}
    settings = configured(config, {key: value for key, value in given.items() if value is not None})
    # The server's libraries take a second to import, which no other command shall pay.
    from orchestrator.bootstrap import serve

    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        code = runner.run(serve(settings, announce=lambda told: say(lines(told, settings))))
    raise typer.Exit(code)


def lines(told: Announcement, settings: Settings) -> list[str]:
    """What a person needs to know of a server that has started."""
    return [
        f"page  {told.page}",
        f"API   {told.api}",
        f"MQTT  {told.mqtt or 'no broker'}",
        f"data  {settings.data_dir}",
        *_first_user(settings),
        "stop  Ctrl-C",
    ]


def _first_user(settings: Settings) -> list[str]:
    file = settings.admin_password_file
    has_one = settings.access.mode == "accounts" and file.exists()
    return [f"user  admin, with the password in {file}: change it and remove the file"] if has_one else []


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if os.name == "nt":
        return None
    import uvloop

    return cast(Callable[[], asyncio.AbstractEventLoop], uvloop.new_event_loop)
