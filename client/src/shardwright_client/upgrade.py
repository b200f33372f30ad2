"""The layout of the store, from one version to the next."""

from __future__ import annotations

from shardwright_client.answers import StoreLayout
from shardwright_client.calls import Calls


class Upgrade(Calls):
    def store_layout(self) -> StoreLayout:
        """The layout of the store, and which layouts the server and the other replicas know."""
        found: StoreLayout = self.get("v1", "api", "upgrade")
        return found

    def finalize_upgrade(self, *, dry_run: bool = False) -> StoreLayout:
        """Have the store converted to the newest layout: no older version can lead any more."""
        done: StoreLayout = self.post("v1", "api", "upgrade", "finalize", dryRun=dry_run or None)
        return done
