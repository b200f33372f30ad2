"""What users and tokens may be called, and which passwords are too weak to be taken."""

from __future__ import annotations

import re

_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}", re.ASCII)
NAME_RULE = "1 to 64 of a-z, 0-9, '.', '_', '@' and '-', beginning with a letter or a digit"
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._@-]{0,63}", re.ASCII)
LABEL_RULE = "1 to 64 of letters, digits, ' ', '.', '_', '@' and '-', beginning with a letter or a digit"
SHORTEST, LONGEST = 12, 1024
PASSWORD_RULE = f"{SHORTEST} to {LONGEST} characters, not the same one again and again, and not the name"
FEWEST_DIFFERENT = 5


def is_name(text: str) -> bool:
    """Whether a user may be called so."""
    return _NAME.fullmatch(text) is not None


def is_label(text: str) -> bool:
    """Whether a token may be called so."""
    return _LABEL.fullmatch(text) is not None


def is_strong(password: str, name: str) -> bool:
    """Whether ``PASSWORD_RULE`` holds for the password of a user."""
    repeats = len(set(password)) < FEWEST_DIFFERENT
    return SHORTEST <= len(password) <= LONGEST and not repeats and name not in (password, password.lower())
