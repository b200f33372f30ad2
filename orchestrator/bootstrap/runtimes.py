"""What runs instances, as the configuration says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from orchestrator.errors import ConfigError
from orchestrator.ports import Runtime
from orchestrator.runtime.process import ProcessRuntime
from orchestrator.settings import Settings


@asynccontextmanager
async def runtime(settings: Settings, identity: str) -> AsyncIterator[Runtime]:
    """``identity``: of the installation, in the mark of each instance. Raises ConfigError."""
    variables = {name: kind.instance_variable for name, kind in settings.kinds.items()}
    adapter = await (_pods if settings.runtime.engine == "kubernetes" else _processes)(
        settings, identity, variables
    )
    try:
        yield adapter
    finally:
        await adapter.close()


async def _processes(settings: Settings, identity: str, variables: dict[str, str]) -> Runtime:
    return ProcessRuntime(
        settings.runtime_dir / "instances",
        # Both are moved together, and nobody else has them.
        name="the folder of the store" if _is_beside_store(settings) else "",
        cluster=identity,
        variables=variables,
        allow_privileged=settings.runtime.allow_privileged,
    )


def _is_beside_store(settings: Settings) -> bool:
    return settings.store.engine == "sqlite" and settings.runtime.directory is None


async def _pods(settings: Settings, identity: str, variables: dict[str, str]) -> Runtime:
    try:
        from orchestrator.bootstrap.kubernetes import options_of
        from orchestrator.runtime.kubernetes import KubernetesRuntime
    except ImportError as error:
        raise ConfigError(
            "runtime.engine is kubernetes, which needs the extra 'kubernetes':"
            " pip install 'shardwright[kubernetes]'"
        ) from error
    options = replace(
        options_of(settings.runtime.kubernetes), allow_privileged=settings.runtime.allow_privileged
    )
    return await KubernetesRuntime.open(options, cluster=identity, variables=variables)
