"""At an orderly end of a server with embedded parts its instances end with it: nothing is left over."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from orchestrator.engine.setup import KindSetup
from orchestrator.errors import Unavailable
from orchestrator.ports import Clock, InstanceSeen, Phase, Runtime
from orchestrator.settings import Settings

log = structlog.get_logger()

LOOK_EVERY_S = 0.05
MARGIN_S = 5.0


def ends_with_server(settings: Settings) -> bool:
    """Whether nobody could look after the instances once this server has ended.

    Of several replicas another one leads on, and pods outlive their orchestrator.
    """
    return settings.store.engine == "sqlite" and settings.runtime.engine == "process"


async def stop_instances(runtime: Runtime, kinds: Sequence[KindSetup], clock: Clock) -> None:
    """Ask all instances to end, and wait until they have, by force after their grace.

    One that cannot be stopped is named in the log; it keeps none of the others.
    """
    asked: set[tuple[str, int, int]] = set()
    grace = max((setup.health.stop_grace for setup in kinds), default=0.0)
    until = clock.monotonic() + grace + MARGIN_S
    while left := await _running(runtime, kinds):
        for one in left:
            if _identity(one) not in asked and await _ask(runtime, one, grace):
                asked.add(_identity(one))
        if clock.monotonic() >= until:
            log.error("instances still run", instances=[f"{one.kind}/{one.shard}" for one in left])
            return
        await clock.sleep(LOOK_EVERY_S)


async def _ask(runtime: Runtime, one: InstanceSeen, grace: float) -> bool:
    try:
        await runtime.stop(one.kind, one.shard, one.incarnation, grace_s=grace)
    except Unavailable as error:
        log.warning("cannot stop yet", kind=one.kind, shard=one.shard, error=str(error))
        return False
    return True


async def _running(runtime: Runtime, kinds: Sequence[KindSetup]) -> list[InstanceSeen]:
    found: list[InstanceSeen] = []
    for setup in kinds:
        try:
            found.extend(one for one in await runtime.observe(setup.kind) if one.phase is not Phase.ENDED)
        except Unavailable as error:
            log.error("instances cannot be seen", kind=setup.kind, error=str(error))
    return found


def _identity(one: InstanceSeen) -> tuple[str, int, int]:
    return one.kind, one.shard, one.incarnation
