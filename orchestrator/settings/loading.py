"""Reading the configuration: defaults, then the file, then the environment, then options of the command."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from orchestrator.errors import ConfigError
from orchestrator.settings.document import Document, read_document
from orchestrator.settings.environment import Given, read_environment
from orchestrator.settings.faults import say
from orchestrator.settings.kind import KindSettings
from orchestrator.settings.listing import Effective, effective
from orchestrator.settings.model import DEFAULT_KINDS, Settings
from orchestrator.settings.names import names


def load(path: Path | None, environ: Mapping[str, str], options: Mapping[str, Any] | None = None) -> Settings:
    """Read the configuration; ``path`` None: no file. ``options``: dotted keys that beat everything.

    Raises ConfigError with every fault, a line each.
    """
    return read(path, environ, options)[0]


def read(
    path: Path | None, environ: Mapping[str, str], options: Mapping[str, Any] | None = None
) -> tuple[Settings, list[Effective]]:
    """As ``load``, with every effective value and where it comes from."""
    document = read_document(path) if path else Document()
    values = copy.deepcopy(document.values)
    if values.get("kinds") is None:
        values["kinds"] = copy.deepcopy(DEFAULT_KINDS)
    kinds = [str(kind) for kind in values["kinds"]] if isinstance(values["kinds"], dict) else []
    known = list(names(Settings, kinds))
    given, faults = read_environment(environ, known)
    given += [
        Given(path=tuple(key.split(".")), value=value, source="--" + key.split(".")[-1].replace("_", "-"))
        for key, value in (options or {}).items()
    ]
    for key in document.repeated:
        faults.append(f"{document.name}:{document.line(key)}: {'.'.join(map(str, key))} stands twice")
    for entry in given:
        _put(values, entry)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise ConfigError("\n".join([*say(error, Settings, document, given, known), *faults])) from None
    if faults:
        raise ConfigError("\n".join(faults))
    values_in_force = effective(settings, document, given)
    settings.sources.update({one.key: one.source for one in values_in_force})
    return settings, values_in_force


def load_kind(values: Mapping[str, Any], changed: Mapping[str, Any]) -> KindSettings:
    """The settings of one kind as they were written down, with some keys, dotted, changed.

    Raises ConfigError with every fault, a line each.
    """
    merged = copy.deepcopy(dict(values))
    given = [Given(path=tuple(key.split(".")), value=value, source=key) for key, value in changed.items()]
    for entry in given:
        _put(merged, entry)
    try:
        return KindSettings.model_validate(merged)
    except ValidationError as error:
        said = say(error, KindSettings, Document(), (), list(names(KindSettings, ())))
        raise ConfigError("\n".join(said)) from None


def _put(values: dict[str, Any], entry: Given) -> None:
    at: Any = values
    for part in entry.path[:-1]:
        if at.get(part) is None:
            at[part] = {}
        at = at[part]
        if not isinstance(at, dict):
            return  # The file has no section there, which is a fault of its own.
    at[entry.path[-1]] = entry.value
