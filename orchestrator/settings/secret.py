"""Secrets: given as a value, or as a file that holds one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr

from orchestrator.errors import ConfigError

Secret = Annotated[SecretStr, Field(min_length=1)]


def revealed(key: str, value: SecretStr | None, file: Path | None) -> str | None:
    """The secret as configured, or None when it is not. ``key``: its dotted name.

    Raises ConfigError when its file cannot be read or holds nothing.
    """
    if value is not None:
        return value.get_secret_value()
    if file is None:
        return None
    try:
        text = file.expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"{key}_file {file} cannot be read: {exc}") from exc
    if not text:
        raise ConfigError(f"{key}_file {file} is empty")
    return text


def given_twice(key: str, value: SecretStr | None, file: Path | None) -> str | None:
    """A fault when both are given: nobody could tell which one counts."""
    if value is None or file is None:
        return None
    return f"{key} and {key}_file are both given; keep one of them"
