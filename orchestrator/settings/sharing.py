"""What replicas that share a store must share beside it."""

from __future__ import annotations

from orchestrator.errors import ConfigError
from orchestrator.settings.model import Settings


def require_shared_folder(settings: Settings) -> None:
    """A leader that cannot see another's processes takes them for ended, and starts them a second time.

    Raises ConfigError where that may happen.
    """
    if (
        settings.store.engine == "zookeeper"
        and settings.runtime.engine == "process"
        and settings.runtime.directory is None
    ):
        raise ConfigError(
            "runtime.directory is not given, and store.engine zookeeper may have several replicas, which must"
            " all see the same local processes: give all of them, on one machine, the same folder"
        )
