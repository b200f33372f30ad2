"""Roles: each may do all that the lower ones may."""

from __future__ import annotations

from enum import IntEnum


class Role(IntEnum):
    """NOBODY: not signed in, or not for this kind. VIEWER reads, OPERATOR changes kinds, ADMIN all else."""

    NOBODY = 0
    VIEWER = 1
    OPERATOR = 2
    ADMIN = 3

    @property
    def label(self) -> str:
        """As people and documents write it."""
        return self.name.lower()


GRANTED = {role.label: role for role in (Role.VIEWER, Role.OPERATOR, Role.ADMIN)}
"""The roles that can be given, by label."""
