"""The configuration: one commented YAML file, overridden by the environment, checked as a whole.

Owns the keys, their defaults and their limits. Knows no adapter: whether a template or a database
is usable is checked where they are used.
"""

from orchestrator.settings.advice import advice
from orchestrator.settings.kind import KindSettings
from orchestrator.settings.listing import Effective, masked
from orchestrator.settings.loading import load, read
from orchestrator.settings.model import Settings, local_url
from orchestrator.settings.protection import file_faults, require_protected_links, unprotected_links
from orchestrator.settings.sharing import require_shared_folder

__all__ = [
    "Effective",
    "KindSettings",
    "Settings",
    "advice",
    "file_faults",
    "load",
    "local_url",
    "masked",
    "read",
    "require_protected_links",
    "require_shared_folder",
    "unprotected_links",
]
