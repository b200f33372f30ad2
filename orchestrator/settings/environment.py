"""Environment variables as values of keys: ``SHARDWRIGHT_API__PORT`` sets ``api.port``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from orchestrator.settings.names import PREFIX, Name, nearest

NOT_SETTINGS = re.compile(
    "SHARDWRIGHT_(KIND|SHARD|INSTANCE|INCARNATION|REVISION|URL|TOKEN|AWAY_LIMIT|LEDGER_DIR|TEST_.*"
    "|REQUIRE|CACHE|CONFIG|SERVER|CONTEXT|CONTEXTS|CA|DEBUG)"
)
"""Variables of the worker, of the tests and of the command line, which may be set beside ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One value from outside the file; ``source`` is the variable or option that gave it."""

    path: tuple[str, ...]
    value: Any
    source: str


def read_environment(environ: Mapping[str, str], known: Sequence[Name]) -> tuple[list[Given], list[str]]:
    """The values that the environment gives, and a fault for each variable that sets nothing."""
    by_variable = {name.variable: name for name in known}
    mappings = {name.variable + "__": name for name in known if name.is_structure}
    given: list[Given] = []
    faults: list[str] = []
    for variable, text in sorted(environ.items()):
        if not variable.startswith(PREFIX) or NOT_SETTINGS.fullmatch(variable):
            continue
        if name := by_variable.get(variable.upper()):
            value, fault = _value(text, name)
            given.append(Given(path=name.path, value=value, source=variable))
            faults += [f"{variable} {fault}"] if fault else []
        elif mapping := next((m for p, m in mappings.items() if variable.upper().startswith(p)), None):
            entry = variable[len(mapping.variable) + 2 :].lower()
            given.append(Given(path=(*mapping.path, entry), value=text, source=variable))
        else:
            near = nearest(variable, list(by_variable), likeness=0.8)
            faults.append(f"{variable} is not a setting" + (f"; did you mean {near}?" if near else ""))
    return given, faults


def _value(text: str, name: Name) -> tuple[Any, str | None]:
    # "${PORT:-}" in a compose file leaves an empty variable where nothing was meant.
    if name.is_nullable and text in ("", "null"):
        return None, None
    if not name.is_structure:
        return text, None
    try:
        return yaml.safe_load(text), None
    except yaml.YAMLError:
        return None, f"is {text!r}, allowed: a list such as [a, b] or a mapping such as {{a: 1}}"
