"""The numbers of shards and plans that a shell completes: after their kind, as ``Thing/17``, as ``p-7``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

from orchestrator.cli.completing import words
from orchestrator.cli.known_kinds import known_kinds, names

if TYPE_CHECKING:
    from shardwright_client import Client

Numbers = Callable[["Client", str], list[int]]


def known_shards(ctx: typer.Context, incomplete: str) -> list[str]:
    """Kinds, and once there is a slash their shards."""
    return _whole(ctx, incomplete, _shards)


def known_shard_numbers(ctx: typer.Context, incomplete: str) -> list[str]:
    """Of the kind that stands before."""
    return _after_kind(ctx, incomplete, _shards)


def known_plans(ctx: typer.Context, incomplete: str) -> list[str]:
    """Kinds, once there is a slash their plans, and those of all kinds where it begins with ``p-``."""
    if not incomplete.startswith("p-"):
        return _whole(ctx, incomplete, _plans)
    return words(
        ctx, incomplete, lambda api: [f"p-{one}" for kind in names(api) for one in _plans(api, kind)]
    )


def known_plan_numbers(ctx: typer.Context, incomplete: str) -> list[str]:
    """Of the kind that stands before."""
    return _after_kind(ctx, incomplete, _plans)


def _whole(ctx: typer.Context, incomplete: str, read: Numbers) -> list[str]:
    kind, slash, _ = incomplete.partition("/")
    if not slash:
        return known_kinds(ctx, incomplete)
    return words(ctx, incomplete, lambda api: [f"{kind}/{number}" for number in read(api, kind)])


def _after_kind(ctx: typer.Context, incomplete: str, read: Numbers) -> list[str]:
    kind = ctx.params.get("shard") or ctx.params.get("kind")
    # A whole name has its number.
    if not kind or "/" in kind or kind.startswith("p-"):
        return []
    return words(ctx, incomplete, lambda api: [str(number) for number in read(api, kind)])


def _shards(api: Client, kind: str) -> list[int]:
    return sorted(one["number"] for one in api.shards(kind))


def _plans(api: Client, kind: str) -> list[int]:
    return sorted((one["plan"] for one in api.plans(kind)), reverse=True)
