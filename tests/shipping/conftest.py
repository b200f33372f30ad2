"""What makes a release is no part of what is installed: it is found from the root of the tree."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.services.helm import Helm, helm


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Helm:
    """Helm, without a cluster."""
    return helm(tmp_path_factory.mktemp("helm"))
