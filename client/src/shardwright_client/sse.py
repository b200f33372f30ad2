"""Server-sent events, read from lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of a stream. ``id`` empty: it has none, and nothing can go on after it."""

    id: str
    event: str
    data: dict[str, Any]


def items(lines: Iterable[bytes]) -> Iterator[Item]:
    """The items that the lines hold; one that is cut off is none.

    Raises ValueError for data that are no object.
    """
    fields: dict[str, str] = {}
    for raw in lines:
        line = raw.decode("utf-8", errors="replace").rstrip("\r\n")
        if line:
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            fields[name] = f"{fields[name]}\n{value}" if name == "data" and name in fields else value
            continue
        if fields.get("data"):
            data = json.loads(fields["data"])
            if not isinstance(data, dict):
                raise ValueError(f"an item of the stream is no object but {type(data).__name__}")
            yield Item(id=fields.get("id", ""), event=fields.get("event", "message"), data=data)
        fields = {}
