"""What ``doctor`` asks of the identity provider: whether its keys can be had, and are for our tokens."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial

from orchestrator.bootstrap.oidc import bearers
from orchestrator.cli.doctor.checks import Finding
from orchestrator.cli.doctor.probing import Probe
from orchestrator.clock import SystemClock
from orchestrator.settings import Settings

NAME = "identity provider"


def oidc_probe(settings: Settings) -> Probe:
    mend = "correct access.oidc, or see that this machine reaches the provider"
    return Probe(name=NAME, ask=partial(_ask, settings), mend=mend)


def _ask(settings: Settings) -> Iterator[Finding]:
    for provider in bearers(settings, SystemClock()):
        found = asyncio.run(provider.usable_keys())
        algorithms = ", ".join(settings.access.oidc.algorithms) if settings.access.oidc else ""
        yield Finding(
            name=NAME,
            ok=found > 0,
            detail=f"{found} of its keys are for {algorithms}",
            mend="name its algorithm in access.oidc.algorithms",
        )
