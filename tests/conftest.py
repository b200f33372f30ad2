"""What holds for every test: the same examples in every run, one Kubernetes node at a time, no miscount."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests import ast_parse

ROOT = Path(__file__).parents[1]

ast_parse.mend()

# Under load an example may take its time: what is too slow is said in tests/core/test_scale.py.
settings.register_profile(
    "other", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
# What a run says of a tree does not depend on chance; `make search` takes other examples each time.
settings.register_profile("same", settings.get_profile("other"), derandomize=True, database=None)
settings.load_profile("same")


@cache
def has_a_node(file: str) -> bool:
    """Whether a file of tests starts a node of Kubernetes: two at once give their pods the same addresses."""
    return "kubernetes_node" in (ROOT / file).read_text(encoding="utf-8")


class OneNode:
    """Each file is run by one process, and all that start a node by the same."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        from xdist.scheduler import LoadScopeScheduling

        class Scheduling(LoadScopeScheduling):
            def _split_scope(self, nodeid: str) -> str:
                file = nodeid.partition("::")[0]
                return "with a node" if has_a_node(file) else file

        return Scheduling(config, log)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(OneNode(), "one node at a time")
