"""Bandit finds nothing in our code that was not looked at and judged."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys

from release.tree import ROOT
from tests.services.require import missing

CODE = ("orchestrator", "notify", "heartbeat", "api", "worker/src", "client/src", "release")

JUDGED = {
    ("B104", "orchestrator/settings/model.py"): "an address is looked up in a table, nothing is bound to it",
    ("B108", "orchestrator/store/layout.py"): "a node of ZooKeeper, not a folder of the machine",
    ("B506", "orchestrator/runtime/template.py"): "the loader is a safe one, see the test below",
    ("B604", "orchestrator/cli/completion.py"): "'shell' is the shell to complete for; nothing is run",
    ("B608", "orchestrator/store/journal_insert.py"): "names of our own tables; values are parameters",
}
"""What it says, of which file, and why that is no flaw."""


def test_nothing_is_found_that_was_not_judged() -> None:
    if importlib.util.find_spec("bandit") is None:
        missing("bandit", "it is not installed; make test installs it")
    # -ll: of medium severity and above; asserts, random jitter and the like are below that.
    words = [sys.executable, "-m", "bandit", "--quiet", "-ll", "--recursive", "--format", "json", *CODE]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    said = json.loads(done.stdout)
    assert not said["errors"]
    assert said["metrics"]["_totals"]["loc"] > 10_000
    found = {(one["test_id"], one["filename"].removeprefix("./")) for one in said["results"]}
    assert not found - set(JUDGED), sorted(found - set(JUDGED))
    assert not set(JUDGED) - found, "take them off the list"


def test_templates_are_loaded_by_a_safe_loader() -> None:
    import yaml

    from orchestrator.runtime import template

    assert issubclass(template._LOADER, yaml.SafeLoader | yaml.CSafeLoader)
