"""``python -m release.constraints``: writes ``deploy/constraints.txt``, each distribution with its hashes."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from release.requirements import CONSTRAINTS, pins, wanted

PYTHON = "3.11"
"""The oldest that is served; what is pinned holds for those after it, and on every platform."""

HEAD = """\
# Every distribution that the server with all its extras needs, at one version, with the hashes of its files:
#   pip install --require-hashes -r deploy/constraints.txt
#   pip install --no-deps WHEELS
# Made by `make constraints`; not edited by hand.
"""


def main() -> int:
    """Resolve what ``setup.cfg`` asks for. Versions that still fit stay, unless ``--upgrade`` is given."""
    with tempfile.TemporaryDirectory(prefix="shardwright-constraints-") as place:
        source, target = Path(place) / "requirements.in", Path(place) / "constraints.txt"
        source.write_text("\n".join(wanted()) + "\n", encoding="utf-8")
        if CONSTRAINTS.exists():
            target.write_text(CONSTRAINTS.read_text(encoding="utf-8"), encoding="utf-8")
        words = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes"]
        words += ["--python-version", PYTHON, "--no-header", "--no-annotate", *sys.argv[1:]]
        words += ["--output-file", str(target), str(source)]
        if subprocess.run(words, check=False).returncode != 0:
            return 1
        lines = target.read_text(encoding="utf-8").splitlines(keepends=True)
    CONSTRAINTS.write_text(HEAD + "".join(line for line in lines if line[0] != "#"), encoding="utf-8")
    print(f"{CONSTRAINTS.name}: {len(pins())} distributions")
    return 0


if __name__ == "__main__":
    sys.exit(main())
