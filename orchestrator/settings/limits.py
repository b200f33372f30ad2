"""How often people and programs may ask, and how often they may be wrong."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from orchestrator.settings.section import Number, Seconds, Section, Whole, refuse

PerSecond = Annotated[Number, Field(ge=0.1, le=1_000_000)]
AtOnce = Annotated[Whole, Field(ge=1, le=10_000_000)]


def _address_or_network(value: str) -> str:
    try:
        network = ip_network(value)
    except ValueError as exc:
        raise ValueError("must be addresses such as 10.0.0.7, or networks such as 10.42.0.0/16") from exc
    if network.prefixlen == 0:
        raise ValueError(f"has {value}, which is everybody; allowed: the networks of your own proxies")
    return str(network) if "/" in value else str(network.network_address)


class Limits(Section):
    """``requests``, ``writes``: a second, of one user or token; None: no limit. ``..._burst``: at once.

    ``lock_after`` wrong passwords in a row the next waits for ``lock_first`` seconds, then twice as long each
    time, at most ``lock_most``. ``proxies``: addresses and networks whose word on who asks is believed.
    """

    requests: PerSecond | None = None
    requests_burst: AtOnce = 1000
    writes: PerSecond | None = 50.0
    writes_burst: AtOnce = 200
    lock_after: Annotated[Whole, Field(ge=1, le=1000)] = 5
    lock_first: Seconds = 1.0
    lock_most: Seconds = 900.0
    proxies: tuple[Annotated[str, AfterValidator(_address_or_network)], ...] = ()

    @model_validator(mode="after")
    def _agree(self) -> Self:
        refuse(
            f"access.limits.lock_most is {self.lock_most:g}, allowed: access.limits.lock_first "
            f"({self.lock_first:g}) or more"
            if self.lock_most < self.lock_first
            else None
        )
        return self
