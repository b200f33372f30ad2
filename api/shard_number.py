"""The number of a shard in a path, and what is said where there is no such shard."""

from __future__ import annotations

from aiohttp import web

from api.problem import Problem


def shard_number(request: web.Request) -> int:
    """Raises Problem (404): no shard is called otherwise."""
    text = request.match_info["shard"]
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    raise Problem(404, "a shard is named by its number")


def no_such_shard(kind: str, number: int | None) -> str:
    return f"{kind} has no shard {number}"
