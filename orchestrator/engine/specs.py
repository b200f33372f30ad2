"""What an instance of a shard is to be: its name, its template, its environment by name."""

from __future__ import annotations

from orchestrator.core.model import Shard
from orchestrator.engine.setup import KindSetup, Surroundings
from orchestrator.engine.tokens import worker_token
from orchestrator.ports import InstanceSpec, Store


class Specs:
    def __init__(self, setup: KindSetup, around: Surroundings, store: Store) -> None:
        self._setup = setup
        self._around = around
        self._store = store
        self._templates: dict[int, str] = {}

    async def of(self, shard: Shard) -> InstanceSpec:
        """Raises Unavailable while the store cannot give the template."""
        return InstanceSpec(
            kind=self._setup.kind,
            shard=shard.number,
            incarnation=shard.incarnation,
            revision=shard.revision,
            name=f"{self._setup.instance_name}-{shard.number}",
            template=await self._template(shard.revision),
            environment=self._environment(shard),
        )

    def _environment(self, shard: Shard) -> dict[str, str]:
        kind = self._setup.kind
        environment = {
            **self._around.environment,
            **self._setup.environment,
            "SHARDWRIGHT_KIND": kind,
            "SHARDWRIGHT_SHARD": str(shard.number),
            "SHARDWRIGHT_INCARNATION": str(shard.incarnation),
            "SHARDWRIGHT_URL": self._around.worker_url(),
            "SHARDWRIGHT_TOKEN": worker_token(self._around.key, kind, shard.number, shard.incarnation),
        }
        if self._around.away_limit is not None:
            environment["SHARDWRIGHT_AWAY_LIMIT"] = f"{self._around.away_limit:g}"
        return environment

    async def _template(self, number: int) -> str:
        if number not in self._templates:
            revision = await self._store.revision(self._setup.kind, number)
            self._templates[number] = revision.template if revision else self._setup.template
        return self._templates[number]
