"""The names of kinds that a shell completes: those of the server that the command would ask."""

from __future__ import annotations

import os
import threading

import typer

from orchestrator.cli.failure import Failure
from orchestrator.errors import ShardwrightError
from shardwright_client import ClientError

WITHIN_S = 2.0
"""Whoever presses a key waits no longer."""


def known_kinds(ctx: typer.Context, incomplete: str) -> list[str]:
    """Those that begin so; none where the server does not say in time."""
    given = ctx.find_root().params
    if context := given.get("context"):
        os.environ["SHARDWRIGHT_CONTEXT"], os.environ["SHARDWRIGHT_SERVER"] = context, ""
    found: list[str] = []
    server = ctx.params.get("server") or given.get("server")
    asked = threading.Thread(target=_ask, args=(server, found), daemon=True)
    asked.start()
    asked.join(WITHIN_S)
    return sorted(kind for kind in found if kind.startswith(incomplete))


def _ask(server: str | None, found: list[str]) -> None:
    # The commands import this module for their arguments.
    from orchestrator.cli.address import connect

    try:
        found += [kind["kind"] for kind in connect(server, patient=False).kinds()]
    except (ClientError, Failure, ShardwrightError, typer.BadParameter):
        # A prompt has no place for a complaint; the command itself will say what is wrong.
        return
