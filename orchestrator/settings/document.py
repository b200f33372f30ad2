"""A YAML file as plain values, and the line of each key."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from orchestrator.errors import ConfigError

Key = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """``lines``: the line (from 1) of each key; ``repeated``: keys that stand twice in one mapping."""

    name: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[Key, int] = field(default_factory=dict)
    repeated: tuple[Key, ...] = ()

    def line(self, key: Key) -> int | None:
        """The line of the key, or of the nearest section around it that is written."""
        while key:
            if key in self.lines:
                return self.lines[key]
            key = key[:-1]
        return None


def read_document(path: Path) -> Document:
    """Read a YAML file. Raises ConfigError when it cannot be read, is no YAML or is no mapping."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"the configuration {path} cannot be read: {exc}") from exc
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        values = loader.construct_document(root) if root is not None else {}
    except (yaml.YAMLError, ValueError) as exc:
        raise ConfigError(f"the configuration {path} is not valid YAML: {_told(exc)}") from exc
    finally:
        loader.dispose()
    if values is None:
        values = {}
    if not isinstance(values, dict):
        raise ConfigError(f"the configuration {path} must be a mapping of keys to values")
    lines: dict[Key, int] = {}
    repeated: list[Key] = []
    _number_lines(root, (), lines, repeated)
    return Document(name=str(path), values=values, lines=lines, repeated=tuple(repeated))


def _told(error: Exception) -> str:
    """What is wrong and where, on one line."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        parts = (part for part in (error.context, error.problem) if part)
        return f"line {error.problem_mark.line + 1}: {', '.join(parts)}"
    return " ".join(str(error).split())


def _number_lines(node: yaml.Node | None, at: Key, lines: dict[Key, int], repeated: list[Key]) -> None:
    if not isinstance(node, yaml.MappingNode):
        return
    for name, value in node.value:
        key = (*at, str(name.value))
        if key in lines:
            repeated.append(key)
        lines[key] = name.start_mark.line + 1
        _number_lines(value, key, lines, repeated)
