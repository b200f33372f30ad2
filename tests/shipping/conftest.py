"""What makes a release is no part of what is installed: it is found from the root of the tree."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
