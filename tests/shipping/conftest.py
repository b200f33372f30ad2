"""What makes a release is no part of what is installed: it is found from the root of the tree."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.services import helm_install, kubernetes_api
from tests.services.helm import Helm, helm, require


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Helm:
    """Helm, without a cluster."""
    return helm(tmp_path_factory.mktemp("helm"))


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Of an administrator with an empty cluster and the programs that the pages call."""
    require()
    api = kubernetes_api.own(tmp_path / "api")
    api.start()
    yield {
        **os.environ,
        "PATH": f"{helm_install.place()}:{os.environ['PATH']}",
        "KUBECONFIG": str(api.kubeconfig("admin")),
        "HOME": str(tmp_path),
    }
    api.stop()
