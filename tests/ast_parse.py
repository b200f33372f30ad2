"""``ast.parse`` as it is from Python 3.11.8 and 3.12.2 on; Debian 12 has an older one.

Before, the depth of a tree under construction was counted for all threads and calls together. Garbage
collected while a tree is built lets other code run; where that parses too, in a finalizer or in another
thread, the first call ends with a SystemError. pytest parses the source of each frame of a failed test, and
reports that error as one of its own, with which the whole run ends.
"""

from __future__ import annotations

import ast
import gc
import sys
from typing import Any

MISCOUNTED = sys.version_info < (3, 11, 8) or (3, 12) <= sys.version_info < (3, 12, 2)

original = ast.parse


def parse(*source: Any, **options: Any) -> Any:
    """What ``ast.parse`` returns and raises, except for its own miscount."""
    try:
        return original(*source, **options)
    except SystemError as error:
        if "recursion depth mismatch" not in str(error):
            raise
    collecting = gc.isenabled()
    gc.disable()
    try:
        return original(*source, **options)
    finally:
        if collecting:
            gc.enable()


def mend() -> None:
    """Have everything in this process parse so, where this Python miscounts."""
    if MISCOUNTED:
        ast.parse = parse
