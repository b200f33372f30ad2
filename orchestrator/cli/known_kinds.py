"""The names of kinds that a shell completes: those of the server that the command would ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from orchestrator.cli.completing import words

if TYPE_CHECKING:
    from shardwright_client import Client


def known_kinds(ctx: typer.Context, incomplete: str) -> list[str]:
    """Those that begin so; none where the server does not say in time."""
    return words(ctx, incomplete, names)


def names(api: Client) -> list[str]:
    return sorted(kind["kind"] for kind in api.kinds())
