"""The files of this checkout, and when they were committed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]


def copied(into: Path) -> None:
    """Copy every file that git knows or would add, with the same modes everywhere.

    A wheel stores the modes of its files, and those of a checkout follow the umask of whoever made it.
    Raises RuntimeError where this is no git checkout.
    """
    for name in _git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        source, target = ROOT / name, into / name
        if not name or not source.is_file():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        target.chmod(0o755 if source.stat().st_mode & 0o100 else 0o644)


def epoch() -> int:
    """The time that files made from this commit carry: ``SOURCE_DATE_EPOCH``, else that of the commit."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    return int(given) if given else int(_git("log", "-1", "--format=%ct"))


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"git {words[0]}: {done.stderr.strip()}")
    return done.stdout
