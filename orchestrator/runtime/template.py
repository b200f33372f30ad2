"""Pod templates as they come: YAML text, read into plain data and judged. Pure.

What is wrong with a template is a list of sentences, so that all of it can be shown at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import yaml

MAX_TEMPLATE_BYTES = 128 * 1024
MAX_VALUES = 20_000
"""The most values in one template, aliases counted each time they are used."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FORBIDDEN_OF_POD = ("hostNetwork", "hostPID", "hostIPC")

_NAMES: dict[type, str] = {
    dict: "a mapping",
    list: "a list",
    str: "text",
    bool: "a truth value",
    int: "a number",
    float: "a number",
}

Manifest = dict[str, Any]


class InvalidTemplate(ValueError):
    """The text is not a template that can be rendered; each of ``args`` is a sentence."""


def load(text: str) -> Manifest:
    """Read a template into fresh data that shares nothing, not even with itself. Raises InvalidTemplate."""
    size = len(text.encode(errors="replace"))
    if size > MAX_TEMPLATE_BYTES:
        raise InvalidTemplate(f"The template has {size} bytes, at most {MAX_TEMPLATE_BYTES} are allowed.")
    document = unshared(_parsed(text))
    if not isinstance(document, dict):
        raise InvalidTemplate(f"The template is {_named(document)}, it must be a mapping.")
    return document


def validate(text: str, *, allow_privileged: bool = False) -> list[str]:
    """Everything that is wrong with a template; empty when it can be used.

    ``allow_privileged``: also accept what gives a pod power over its node.
    """
    try:
        manifest = load(text)
    except InvalidTemplate as wrong:
        return [str(sentence) for sentence in wrong.args]
    return list(faults(manifest, allow_privileged=allow_privileged))


def faults(manifest: Manifest, *, allow_privileged: bool = False) -> Iterator[str]:
    """What is wrong with a template that has been read."""
    if manifest.get("kind") != "Pod":
        yield f"kind is {manifest.get('kind')!r}, it must be 'Pod'."
    if manifest.get("apiVersion") != "v1":
        yield f"apiVersion is {manifest.get('apiVersion')!r}, it must be 'v1'."
    yield from _faults_of_metadata(manifest.get("metadata", {}))
    spec = manifest.get("spec")
    if not isinstance(spec, dict):
        yield f"spec is {_named(spec)}, it must be a mapping."
        return
    yield from _faults_of_containers(spec)
    if not allow_privileged:
        yield from _privileges(spec)


def _faults_of_metadata(metadata: Any) -> Iterator[str]:
    if not isinstance(metadata, dict):
        yield f"metadata is {_named(metadata)}, it must be a mapping."
        return
    for part in ("labels", "annotations"):
        if not isinstance(metadata.get(part, {}), dict):
            yield f"metadata.{part} is {_named(metadata[part])}, it must be a mapping."


def _faults_of_containers(spec: Manifest) -> Iterator[str]:
    containers = spec.get("containers")
    if not isinstance(containers, list) or not containers:
        yield "spec.containers names no container."
        return
    for place, container in enumerate(containers):
        where = f"spec.containers[{place}]"
        if not isinstance(container, dict):
            yield f"{where} is {_named(container)}, it must be a mapping."
            continue
        if not isinstance(container.get("name"), str) or not container["name"]:
            yield f"{where} has no name."
        environment = container.get("env", [])
        if not isinstance(environment, list):
            yield f"{where}.env is {_named(environment)}, it must be a list."
            continue
        for number, entry in enumerate(environment):
            if not isinstance(entry, dict) or not isinstance(entry.get("name"), str) or not entry["name"]:
                yield f"{where}.env[{number}] has no name."
            elif not isinstance(entry.get("value", ""), str):
                yield f"{where}.env[{number}] ({entry['name']}): value must be a string; put it in quotes."


def _privileges(spec: Manifest) -> Iterator[str]:
    for name in _FORBIDDEN_OF_POD:
        if spec.get(name):
            yield f"spec.{name} is not allowed."
    volumes = spec.get("volumes")
    for place, volume in enumerate(volumes if isinstance(volumes, list) else []):
        if isinstance(volume, dict) and "hostPath" in volume:
            yield f"spec.volumes[{place}] is a hostPath, which is not allowed."
    for part in ("initContainers", "containers", "ephemeralContainers"):
        containers = spec.get(part)
        for place, container in enumerate(containers if isinstance(containers, list) else []):
            security = container.get("securityContext") if isinstance(container, dict) else None
            if isinstance(security, dict) and security.get("privileged"):
                yield f"spec.{part}[{place}] is privileged, which is not allowed."


@lru_cache(maxsize=64)
def _parsed(text: str) -> Any:
    try:
        return yaml.load(text, Loader=_LOADER)
    # ValueError: a date or number that YAML recognises and Python cannot build.
    except (yaml.YAMLError, ValueError, RecursionError) as wrong:
        raise InvalidTemplate(f"The template is not YAML: {' '.join(str(wrong).split())}.") from wrong


def unshared(document: Any) -> Any:
    """A copy in which no part occurs twice: an alias in YAML would let one change appear in two places."""
    left = [MAX_VALUES]
    try:
        return _copied(document, left)
    except RecursionError as wrong:
        raise InvalidTemplate("The template is nested too deeply, or contains itself.") from wrong


def _copied(value: Any, left: list[int]) -> Any:
    left[0] -= 1
    if left[0] < 0:
        raise InvalidTemplate(f"The template has more than {MAX_VALUES} values.")
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise InvalidTemplate(f"The key {key!r} is not a string; put it in quotes.")
        return {key: _copied(item, left) for key, item in value.items()}
    if isinstance(value, list):
        return [_copied(item, left) for item in value]
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise InvalidTemplate(f"The value {value!r} is {_named(value)}; put it in quotes.")


def _named(value: Any) -> str:
    return "empty" if value is None else _NAMES.get(type(value), f"a {type(value).__name__}")
