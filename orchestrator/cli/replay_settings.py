"""Other settings of a kind for a replay: those that were in force, with some keys changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

from orchestrator.cli.failure import Exit, Failure
from orchestrator.errors import ConfigError

if TYPE_CHECKING:
    from orchestrator.core.policy import KindPolicy
    from orchestrator.replay.recording import Recording
    from orchestrator.replay.run import Sizes


def variants(set_: Sequence[str], against: Sequence[str]) -> list[tuple[str, dict[str, Any]]]:
    """The runs that are asked for: each name with the keys that it changes. Raises BadParameter."""
    base = dict(_pair(text, "--set") for text in set_)
    if not against:
        return [(", ".join(set_) or "replayed", base)]
    runs = []
    for text in against:
        changed = dict(_pair(part, "--against") for part in text.split(","))
        runs.append((text.replace(",", ", "), base | changed))
    return runs


def policy_of(recording: Recording, changed: Mapping[str, Any]) -> tuple[KindPolicy, Sizes]:
    """The kind's policy with these keys changed, and the sizes that are asked for where they are among them.

    Raises Failure; BadParameter, which names each fault of the keys that change; ConfigError for the others.
    """
    from orchestrator.replay.run import Sizes
    from orchestrator.settings.loading import load_kind

    for key in ("weight_columns", "reported_weights", "label_columns"):
        if any(name == key or name.startswith(f"{key}.") for name in changed):
            raise Failure(
                Exit.REFUSED, f"{key} cannot be changed", "the recording holds what it was recorded with"
            )
    try:
        settings = load_kind(recording.start.settings, changed)
    except ConfigError as error:
        if not changed:
            raise
        raise typer.BadParameter(str(error), param_hint="--set or --against") from error
    sizes = Sizes(
        max_instances=settings.max_instances if "max_instances" in changed else None,
        resource_per_instance=settings.resource_per_instance if "resource_per_instance" in changed else None,
    )
    return settings.policy(), sizes


def _pair(text: str, option: str) -> tuple[str, Any]:
    import yaml

    key, equals, value = text.strip().partition("=")
    if not equals or not key:
        raise typer.BadParameter(f"{text!r} is no KEY=VALUE", param_hint=option)
    try:
        return key.strip(), yaml.safe_load(value)
    except yaml.YAMLError:
        return key.strip(), value
