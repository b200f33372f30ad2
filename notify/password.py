"""The password of the embedded broker: made at the first start, kept in a file that only its owner reads."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from orchestrator.errors import ConfigError

FILE_NAME = "mqtt-password"


def stored_password(data_dir: Path) -> str:
    """The password in ``data_dir/mqtt-password``, made (mode 0600) when there is none.

    Processes that start at the same time agree on one. Raises ConfigError when the file cannot be
    used; a file that others may read is refused.
    """
    path = data_dir / FILE_NAME
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
        mode = path.stat().st_mode & 0o777
        if mode & 0o077:
            raise ConfigError(f"{path} has mode {mode:04o}, others may read it: set it to 0600")
        password = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"{path} cannot be used: {exc}") from exc
    if not password:
        raise ConfigError(f"{path} is empty: remove it, and a new password is made")
    return password


def _make(path: Path) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(24) + "\n")
        try:
            # A link appears whole or not at all, and only one of several starters makes it.
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()
