"""The product's own images, built by their Dockerfiles from a base of this machine's packages."""

from __future__ import annotations

import os
from pathlib import Path

from release.tree import ROOT
from tests.services import debian_base, docker
from tests.services.docker import DockerEngine

SERVER = "shardwright:0.1.0"
WORKER = "shardwright-worker:0.1.0"
BASE, RUN_BASE = "shardwright.test/base:1", "shardwright.test/run-base:1"
FILES = {SERVER: "deploy/image/Dockerfile", WORKER: "deploy/image/worker.Dockerfile"}
BUILD_S = 900.0
EPOCH = 1_700_000_000
"""The time that the files of the product carry in these images."""

ASKED = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST")


def absent() -> str | None:
    """Why they cannot be built here; None when they can."""
    return docker.absent() or debian_base.absent()


def load_bases(engine: DockerEngine, folder: Path) -> None:
    """What the images begin with: one to build in, with a shell, and one to run in, without."""
    # Which index is asked, and who vouches for it, is the machine's.
    index = {name: value for name in ASKED if (value := os.environ.get(name))}
    index["PIP_CERT"] = str(debian_base.CERTIFICATES)
    for name, shell, said in ((BASE, True, index), (RUN_BASE, False, {})):
        tree = folder / "base.tar"
        debian_base.write_base(tree, shell=shell)
        changes = [word for key, value in said.items() for word in ("--change", f"ENV {key}={value}")]
        engine.run("import", *changes, str(tree), name)
        tree.unlink()


def build(engine: DockerEngine, name: str) -> None:
    """Build one of ``FILES``. Requires: the bases are loaded. Raises RuntimeError."""
    given = {"BASE": BASE, "RUN_BASE": RUN_BASE, "SOURCE_DATE_EPOCH": str(EPOCH), "REVISION": "tested"}
    arguments = [word for key, value in given.items() for word in ("--build-arg", f"{key}={value}")]
    # The engine's own network reaches nobody.
    engine.run(
        *("build", "--network=host", "--file", str(ROOT / FILES[name]), "--tag", name, *arguments, str(ROOT)),
        within=BUILD_S,
    )
