"""The doors to the world outside: what the engine asks of each dependency, in domain words.

No path, topic, pod or session crosses a port. A call that could not be answered in full raises
``Unavailable``; it never returns less than was asked for.
"""

from orchestrator.ports.catalog import Catalog, Listing
from orchestrator.ports.clock import Clock
from orchestrator.ports.heartbeats import Beat, Heartbeats
from orchestrator.ports.journal import Journal, JournalFilter, JournalLine, Recorded
from orchestrator.ports.notifications import (
    Connected,
    Disconnected,
    Malformed,
    Notification,
    NotificationEvent,
    Notifications,
    Witness,
)
from orchestrator.ports.runtime import (
    EnsureResult,
    InstanceSeen,
    InstanceSpec,
    Occupied,
    Phase,
    Rejected,
    Runtime,
    Started,
    Usage,
)
from orchestrator.ports.store import Candidate, ErasableStore, Held, Loaded, Office, Span, Store, StoreLayout
from orchestrator.ports.traces import Traces

__all__ = [
    "Beat",
    "Candidate",
    "Catalog",
    "Clock",
    "Connected",
    "Disconnected",
    "EnsureResult",
    "ErasableStore",
    "Heartbeats",
    "Held",
    "InstanceSeen",
    "InstanceSpec",
    "Journal",
    "JournalFilter",
    "JournalLine",
    "Listing",
    "Loaded",
    "Malformed",
    "Notification",
    "NotificationEvent",
    "Notifications",
    "Occupied",
    "Office",
    "Phase",
    "Recorded",
    "Rejected",
    "Runtime",
    "Span",
    "Started",
    "Store",
    "StoreLayout",
    "Traces",
    "Usage",
    "Witness",
]
