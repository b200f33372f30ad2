"""The image of the orchestrator on a node of this machine: as the worker's, its programs are lent."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from tests.services.images import write_image
from tests.services.kubernetes_worker import PROGRAMS, links

SERVER_IMAGE = "shardwright:0.1.0"
PACKAGES = ("orchestrator", "notify", "heartbeat", "api", "templates", "shardwright_client")


def write_server_image(path: Path, name: str = SERVER_IMAGE) -> None:
    """An archive of an image that starts ``shardwright``. Requires: the node lends ``packages``."""
    write_image(
        path,
        name,
        links=links(),
        entrypoint=["shardwright"],
        command=["run"],
        environment={"PATH": PROGRAMS, "PYTHONUNBUFFERED": "1"},
    )


def packages() -> list[Path]:
    """The folders of the server's packages, where this Python finds them."""
    found = []
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        if spec is None or not spec.submodule_search_locations:
            raise RuntimeError(f"{name} is not installed for this Python")
        found.append(Path(next(iter(spec.submodule_search_locations))))
    return found
