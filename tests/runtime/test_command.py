"""A manifest read as a command for this machine."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from orchestrator.runtime.command import Refused, command_of
from orchestrator.runtime.template import Manifest

PROGRAMS = str(Path(sys.executable).parent)


def manifest(**container: object) -> Manifest:
    return {"spec": {"containers": [{"name": "a", **container}]}}


def test_python_is_the_one_that_runs_us() -> None:
    command = command_of(manifest(command=["python", "-V"]), own={"PATH": "/usr/bin"}, programs=PROGRAMS)
    assert command.arguments == (f"{PROGRAMS}/python", "-V")
    assert command.environment["PATH"] == f"{PROGRAMS}:/usr/bin"


def test_references_are_filled_in_as_kubernetes_does() -> None:
    env = [{"name": "ID", "value": "7"}, {"name": "TOPIC", "value": "things/$(ID)"}]
    args = ["$(TOPIC)", "$(UNKNOWN)", "$$(ID)", "$ID"]
    command = command_of(manifest(command=["sh"], args=args, env=env), own={}, programs=PROGRAMS)
    assert command.arguments[1:] == ("things/7", "$(UNKNOWN)", "$(ID)", "$ID")


def test_only_what_a_program_needs_is_passed_on() -> None:
    own = {"PATH": "/bin", "HOME": "/home/a", "AWS_SECRET_ACCESS_KEY": "x", "SHARDWRIGHT_SECRET": "x"}
    command = command_of(manifest(command=["sh"]), own=own, programs=PROGRAMS)
    assert set(command.environment) == {"PATH", "HOME"}


@pytest.mark.parametrize("part", [{"command": "sh -c x"}, {"command": ["sh"], "args": [1]}, {}])
def test_what_is_no_command_is_refused(part: dict[str, object]) -> None:
    with pytest.raises(Refused):
        command_of(manifest(**part), own={}, programs=PROGRAMS)
