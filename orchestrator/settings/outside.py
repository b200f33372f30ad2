"""Pages of other programs that the console leads to."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from orchestrator.settings.section import Section

PLACES = ("kind", "shard", "instance", "id")
"""What may stand in an address, each in braces."""


def _link(value: str) -> str:
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and "{" not in parts.netloc
    except ValueError:
        usable = False
    if not usable or "@" in parts.netloc:
        raise ValueError("must be http(s)://host[:port]/..., without user, whose host is written out")
    strange = [name for name in re.findall(r"\{([a-z_]+)\}", value, re.IGNORECASE) if name not in PLACES]
    if strange:
        allowed = ", ".join(f"{{{name}}}" for name in PLACES)
        raise ValueError(f"names {{{strange[0]}}}; allowed: {allowed}")
    return value


class Link(Section):
    """A link is shown where all that stands in its ``url`` in braces is known."""

    name: Annotated[str, Field(min_length=1, max_length=40)]
    url: Annotated[str, AfterValidator(_link), Field(max_length=2000)]
