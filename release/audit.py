"""``python -m release.audit``: asks the advisory database of PyPI about every version in the constraints.

Ends with 0 when it was asked about each and knows of nothing, with 1 for a known flaw, and with 2 when it
could not be asked about all of them: that is no clean bill.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from release.requirements import CONSTRAINTS, pins

CLEAN, FLAWED, UNKNOWN = 0, 1, 2


def judged(dependencies: list[dict[str, Any]], expected: set[str]) -> tuple[int, list[str]]:
    """The exit code and what to say, of what pip-audit found of each dependency."""
    flaws, asked = [], set()
    for one in dependencies:
        # A package that the database does not have is skipped, and the program ends with 0 all the same.
        if "skip_reason" in one:
            continue
        asked.add(one["name"])
        flaws += [
            f"{one['name']} {one['version']}: {flaw['id']}, mended in {flaw['fix_versions'] or 'no version'}"
            for flaw in one["vulns"]
        ]
    unknown = sorted(expected - asked)
    if flaws:
        return FLAWED, flaws
    if unknown:
        few = ", ".join(unknown[:3])
        return UNKNOWN, [f"the advisory database could not be asked about {len(unknown)} of them, e.g. {few}"]
    return CLEAN, [f"{len(asked)} distributions, no known flaw"]


def main() -> int:
    """Ask, and print what came of it."""
    words = [sys.executable, "-m", "pip_audit", "--requirement", str(CONSTRAINTS), "--require-hashes"]
    words += ["--disable-pip", "--format", "json", "--progress-spinner", "off"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    try:
        found = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        print("the advisory database could not be asked:", (done.stderr.strip().splitlines() or ["?"])[-1])
        return UNKNOWN
    code, said = judged(found, {pin.name for pin in pins()})
    print("\n".join(said))
    return code


if __name__ == "__main__":
    sys.exit(main())
