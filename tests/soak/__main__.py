"""``python -m tests.soak``: run it, print its table; exits 1 when something did not hold."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

from tests.soak.installation import Installation
from tests.soak.soak import Soak
from tests.soak.table import as_table


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3600.0, help="how long, about (3600)")
    parser.add_argument("--seed", type=int, default=1, help="of the order of the restarts (1)")
    given = parser.parse_args()
    seconds, seed = given.seconds, given.seed
    # PostgreSQL runs as another user, who may not enter a private temporary folder.
    folder = Path("/var/tmp") / f"shardwright-soak-{os.getpid()}"
    whole = Installation(folder)
    has_failed = True
    try:
        for line in whole.start():
            sys.stderr.write(line + "\n")
        lines = Soak(whole, seconds, seed).run()
        sys.stdout.write(f"{as_table(lines)}\n")
        has_failed = any(line.holds is False for line in lines)
    except AssertionError as failed:
        sys.stdout.write(f"BROKEN: {failed}\n")
    except RuntimeError as absent:
        sys.stdout.write(f"cannot run here: {absent}\n")
    finally:
        whole.stop()
        if has_failed:
            sys.stderr.write(f"logs and ledgers are kept in {folder}\n")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(f"seed {seed}, {seconds:g} s: {'BROKEN' if has_failed else 'all held'}\n")
    return 1 if has_failed else 0


if __name__ == "__main__":
    sys.exit(main())
