"""``python -m release.wheels [FOLDER]``: wheels of server, worker and client, the same bytes each time."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from release.tree import ROOT, copied, epoch

DISTRIBUTIONS = {"shardwright": ".", "shardwright-worker": "worker", "shardwright-client": "client"}


def build(folder: Path) -> dict[str, Path]:
    """Build every wheel into ``folder``; by the name of the distribution. Raises RuntimeError.

    What is built from is a copy: nothing is left in the checkout, and nothing of it that git ignores gets in.
    """
    folder.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch()), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    with tempfile.TemporaryDirectory(prefix="shardwright-wheels-") as place:
        tree = Path(place) / "tree"
        copied(tree)
        for name, part in DISTRIBUTIONS.items():
            words = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder)]
            done = subprocess.run(
                [*words, str(tree / part)], env=environment, capture_output=True, text=True, check=False
            )
            if done.returncode != 0:
                raise RuntimeError(f"the wheel of {name} was not built:\n{done.stderr[-4000:]}")
    return {name: wheel_of(folder, name) for name in DISTRIBUTIONS}


def wheel_of(folder: Path, name: str) -> Path:
    """The one wheel of a distribution in a folder. Raises RuntimeError for none or several."""
    found = sorted(folder.glob(f"{name.replace('-', '_')}-*.whl"))
    if len(found) != 1:
        raise RuntimeError(f"{folder} holds {len(found)} wheels of {name}, one is wanted")
    return found[0]


def main() -> int:
    """Build into the folder that is named, else ``dist``; prints a digest and a name a line."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist"
    for wheel in build(folder).values():
        print(hashlib.sha256(wheel.read_bytes()).hexdigest(), wheel)
    return 0


if __name__ == "__main__":
    sys.exit(main())
