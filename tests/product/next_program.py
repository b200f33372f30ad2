"""The command line of the version after this one: ``python -m tests.product.next_program run``."""

from __future__ import annotations

from orchestrator.cli import main
from orchestrator.store.sqlite import SqliteStore
from orchestrator.store.zookeeper import ZookeeperStore
from tests.store.next_version import NEXT


def become_next() -> None:
    """From here on stores are opened as the next version opens them."""
    for store in (SqliteStore, ZookeeperStore):
        defaults = store.open.__func__.__kwdefaults__  # type: ignore[attr-defined]
        assert "migration" in defaults
        defaults["migration"] = NEXT


if __name__ == "__main__":
    become_next()
    main()
