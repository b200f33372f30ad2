"""What a shell completes out of the answers of the server that the command would ask."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import typer

from orchestrator.cli.failure import Failure
from orchestrator.errors import ShardwrightError
from shardwright_client import ClientError

if TYPE_CHECKING:
    from shardwright_client import Client

WITHIN_S = 2.0
"""Whoever presses a key waits no longer."""

Read = Callable[["Client"], Iterable[str]]


def words(ctx: typer.Context, incomplete: str, read: Read) -> list[str]:
    """Those that begin so, in the server's order; none where it does not say in time."""
    given = ctx.find_root().params
    if context := given.get("context"):
        os.environ["SHARDWRIGHT_CONTEXT"], os.environ["SHARDWRIGHT_SERVER"] = context, ""
    found: list[str] = []
    server = ctx.params.get("server") or given.get("server")
    asked = threading.Thread(target=_ask, args=(server, read, found), daemon=True)
    asked.start()
    asked.join(WITHIN_S)
    return [word for word in found if word.startswith(incomplete)]


def _ask(server: str | None, read: Read, found: list[str]) -> None:
    # The commands import this module for their arguments.
    from orchestrator.cli.address import connect

    try:
        found += read(connect(server, patient=False))
    except (ClientError, Failure, ShardwrightError, typer.BadParameter):
        # A prompt has no place for a complaint; the command itself will say what is wrong.
        return
