"""The documents of the API as typed dictionaries: keys as on the wire, times in seconds of the epoch.

A server may send more than is named here.
"""

from __future__ import annotations

from shardwright_client.answers.access import MadeToken, Password, Token, User
from shardwright_client.answers.coverage import Coverage, Explanation, Latency, Opinion, Stage, Wait, Worst
from shardwright_client.answers.drill import Room, Struck
from shardwright_client.answers.kind import Counts, Held, Kind, KindSummary, Shard, Unplaced
from shardwright_client.answers.listing import FoundResource, Listed, ListedPage
from shardwright_client.answers.orchestration import BeforeAfter, LoadSpan, Orchestration, PairOfShards, RunIn
from shardwright_client.answers.placement import Pinned, Unpinned
from shardwright_client.answers.plan import (
    Balance,
    HandOff,
    Limit,
    Move,
    Pausing,
    Peak,
    Plan,
    PlanSummary,
    Progress,
    Sizes,
    SizesBeforeAfter,
    Spread,
    Stays,
)
from shardwright_client.answers.quarantine import Lifted, Quarantined
from shardwright_client.answers.recording import Checkpoint, Recorded, Recording
from shardwright_client.answers.resource import Accepted, Fenced, Place, Removals, Resource, Resynced
from shardwright_client.answers.session import Session
from shardwright_client.answers.shard import (
    CanDrain,
    Drained,
    Flow,
    Heard,
    InstanceDetail,
    LaneStage,
    MoveIn,
    MoveOut,
    Moves,
    PastInstance,
    ShardDetail,
    Undrained,
)
from shardwright_client.answers.sizing import Ceiling, Dimension, ShardUse, Sizing
from shardwright_client.answers.system import (
    Dependency,
    Event,
    Events,
    Instance,
    Logs,
    Overview,
    Ready,
    Standing,
)
from shardwright_client.answers.upgrade import ReplicaLayouts, StoreLayout

__all__ = [
    "Accepted",
    "Balance",
    "BeforeAfter",
    "CanDrain",
    "Ceiling",
    "Checkpoint",
    "Counts",
    "Coverage",
    "Dependency",
    "Dimension",
    "Drained",
    "Event",
    "Events",
    "Explanation",
    "Fenced",
    "Flow",
    "FoundResource",
    "HandOff",
    "Heard",
    "Held",
    "Instance",
    "InstanceDetail",
    "Kind",
    "KindSummary",
    "LaneStage",
    "Latency",
    "Lifted",
    "Limit",
    "Listed",
    "ListedPage",
    "LoadSpan",
    "Logs",
    "MadeToken",
    "Move",
    "MoveIn",
    "MoveOut",
    "Moves",
    "Opinion",
    "Orchestration",
    "Overview",
    "PairOfShards",
    "Password",
    "PastInstance",
    "Pausing",
    "Peak",
    "Pinned",
    "Place",
    "Plan",
    "PlanSummary",
    "Progress",
    "Quarantined",
    "Ready",
    "Recorded",
    "Recording",
    "Removals",
    "ReplicaLayouts",
    "Resource",
    "Resynced",
    "Room",
    "RunIn",
    "Session",
    "Shard",
    "ShardDetail",
    "ShardUse",
    "Sizes",
    "SizesBeforeAfter",
    "Sizing",
    "Spread",
    "Stage",
    "Standing",
    "Stays",
    "StoreLayout",
    "Struck",
    "Token",
    "Undrained",
    "Unpinned",
    "Unplaced",
    "User",
    "Wait",
    "Worst",
]
