"""The file of ``shardwright apply -f``: how people want kinds to be."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from orchestrator.errors import ConfigError
from orchestrator.settings.document import read_document
from orchestrator.settings.faults import say
from orchestrator.settings.names import names
from orchestrator.settings.placing import Rules
from orchestrator.settings.section import Section, Whole

Number = Annotated[Whole, Field(ge=0)]


class WantedShard(Section):
    """What a person sets of a shard; null takes a value away."""

    labels: dict[str, str | None] = Field(default_factory=dict)
    capacity: dict[str, Number | None] = Field(default_factory=dict)


class WantedKind(Section):
    """What is left out is not looked at. ``pins``: the shard of each id."""

    max_instances: Number | None = None
    resource_per_instance: Number | None = None
    rules: Rules | None = None
    shards: dict[Number, WantedShard] = Field(default_factory=dict)
    pins: dict[str, Number] | None = None


class Wanted(Section):
    kinds: dict[str, WantedKind] = Field(default_factory=dict)


def read_wanted(path: Path) -> Wanted:
    """Raises ConfigError with every fault, a line each."""
    document = read_document(path)
    repeated = [
        f"{document.name}:{document.line(key)}: {'.'.join(map(str, key))} stands twice"
        for key in document.repeated
    ]
    try:
        wanted = Wanted.model_validate(document.values)
    except ValidationError as error:
        kinds = document.values.get("kinds")
        written = [str(kind) for kind in kinds] if isinstance(kinds, dict) else ()
        # Below shards are numbers, for which no name of a kind is to be suggested.
        known = [name for name in names(Wanted, written) if "shards" not in name.path]
        raise ConfigError("\n".join([*say(error, Wanted, document, (), known), *repeated])) from None
    if repeated:
        raise ConfigError("\n".join(repeated))
    return wanted
