"""The way of one new resource to its owner, as it was measured: what a trace is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """Moments are monotonic seconds. ``lag``: from the publisher's stamp to the receipt, None without one.

    ``context``: the W3C ``traceparent`` that the message brought along, empty where it brought none.
    """

    resource_id: str
    shard: int
    generation: int
    lag: float | None
    received: float
    committed: float
    owned: float
    context: str = ""
