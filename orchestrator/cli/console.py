"""The console's page of something, for ``--ui``."""

from __future__ import annotations

import sys
from urllib.parse import quote

from orchestrator.cli.address import connect


def link(server: str | None, *path: str) -> None:
    """Print the address of a page; the server is not asked."""
    where = "/".join(quote(part, safe="") for part in path)
    sys.stdout.write(f"{connect(server).url}/console/{where}\n")
