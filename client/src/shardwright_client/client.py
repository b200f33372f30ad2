"""The client of one server: a method for each of the main routes, and any route by its path."""

from __future__ import annotations

from shardwright_client.access import Access
from shardwright_client.history import History
from shardwright_client.instances import Instances
from shardwright_client.kinds import Kinds
from shardwright_client.plans import Plans
from shardwright_client.resources import Resources
from shardwright_client.stream import Stream
from shardwright_client.upgrade import Upgrade


class Client(Kinds, Resources, Plans, Instances, History, Access, Upgrade, Stream):
    """All that can be asked of a server. Safe to use from several threads."""
