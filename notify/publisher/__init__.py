"""Announces committed changes of a SQLAlchemy application on MQTT ``cm/notify``: see docs/publisher.md.

Usable without the rest of Shardwright: a model opts in with ``__notify__``, ``install`` hooks the
sessions, and a ``Relay`` publishes what they wrote into the outbox table.
"""

from notify.endpoint import Endpoint, Tls
from notify.publisher.bell import Bell
from notify.publisher.hooks import install
from notify.publisher.outbox import create_outbox, outbox_table
from notify.publisher.relay import Relay
from notify.publisher.sqlite import prepare_sqlite

__all__ = ["Bell", "Endpoint", "Relay", "Tls", "create_outbox", "install", "outbox_table", "prepare_sqlite"]
