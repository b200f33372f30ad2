"""Who may do what: roles, grants and those who have them."""

from orchestrator.core.access.grant import Grant, both, covers, parsed, role_of, simplified
from orchestrator.core.access.naming import (
    LABEL_RULE,
    NAME_RULE,
    PASSWORD_RULE,
    is_label,
    is_name,
    is_strong,
)
from orchestrator.core.access.principal import ANONYMOUS, NOBODY, SOURCES, Principal
from orchestrator.core.access.role import GRANTED, Role

__all__ = [
    "ANONYMOUS",
    "GRANTED",
    "LABEL_RULE",
    "NAME_RULE",
    "NOBODY",
    "PASSWORD_RULE",
    "SOURCES",
    "Grant",
    "Principal",
    "Role",
    "both",
    "covers",
    "is_label",
    "is_name",
    "is_strong",
    "parsed",
    "role_of",
    "simplified",
]
