"""The servers that a person works with, by name: where they are, and how to sign in there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from orchestrator.cli.failure import Exit, Failure

DIGITS = 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One server. ``token_command``: it prints the token; ``ca``: a file of authorities (PEM)."""

    server: str
    token: str | None = None
    token_command: tuple[str, ...] = ()
    ca: str | None = None

    def words(self) -> dict[str, Any]:
        """As it stands in the file: what is not set is not there."""
        given = asdict(self) | {"token_command": list(self.token_command)}
        return {name: value for name, value in given.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contexts:
    """What the file says. ``current``: the name of the one that is used when none is named; empty: none."""

    path: Path
    current: str = ""
    known: Mapping[str, Context] = field(default_factory=dict)

    def named(self, name: str) -> Context:
        """Raises Failure."""
        if name not in self.known:
            said = f"known: {', '.join(self.known) or 'none'}"
            raise Failure(Exit.USAGE, f"{name!r} is no context", said, ["shardwright context list"])
        return self.known[name]

    def of_server(self, url: str) -> Context | None:
        """The context of this very server; None where there is none, or several of which none is current."""
        found = {name: each for name, each in self.known.items() if each.server.rstrip("/") == url}
        if self.current in found:
            return found[self.current]
        return next(iter(found.values())) if len(found) == 1 else None

    def current_for(self, url: str) -> str:
        """The name of the context that ``of_server`` finds; empty: none."""
        found = self.of_server(url)
        return next((name for name, each in self.known.items() if each is found), "")

    def holding(self, name: str, context: Context) -> Contexts:
        return replace(self, known={**self.known, name: context})

    def without(self, name: str) -> Contexts:
        left = {each: context for each, context in self.known.items() if each != name}
        return replace(self, known=left, current="" if self.current == name else self.current)

    def write(self) -> None:
        """Replace the file in one step, readable by its owner alone: it can hold tokens. Raises Failure."""
        import yaml

        said = {
            "current": self.current,
            "contexts": {name: each.words() for name, each in self.known.items()},
        }
        beside = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(beside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, DIGITS), "w") as file:
                yaml.safe_dump(said, file, sort_keys=False, allow_unicode=True)
            beside.replace(self.path)
        except OSError as error:
            raise Failure(Exit.FAILED, f"{self.path} cannot be written", str(error)) from error


def contexts_file() -> Path:
    """``$SHARDWRIGHT_CONTEXTS``, else ``shardwright/config.yaml`` where configurations of a person lie."""
    if told := os.environ.get("SHARDWRIGHT_CONTEXTS"):
        return Path(told)
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path("~/.config").expanduser()) / "shardwright" / "config.yaml"


def read_contexts() -> Contexts:
    """What the file says; nothing where there is none. Raises Failure for one that cannot be understood."""
    path = contexts_file()
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Contexts(path=path)
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(Exit.FAILED, f"{path} cannot be read", str(error)) from error
    # Only here: most have no such file.
    import yaml

    try:
        return _understood(path, yaml.safe_load(text) or {})
    except (yaml.YAMLError, ValueError) as error:
        raise Failure(Exit.FAILED, f"{path} cannot be understood", " ".join(str(error).split())) from error


def _understood(path: Path, said: Any) -> Contexts:
    """Raises ValueError."""
    if not isinstance(said, dict) or set(said) - {"current", "contexts"}:
        raise ValueError("allowed: current, contexts")
    known = said.get("contexts") or {}
    if not isinstance(known, dict) or not all(isinstance(each, dict) for each in known.values()):
        raise ValueError("contexts is no mapping of names to settings")
    found = {str(name): _context(str(name), each) for name, each in known.items()}
    return Contexts(path=path, current=str(said.get("current") or ""), known=found)


def _context(name: str, said: dict[str, Any]) -> Context:
    """Raises ValueError."""
    allowed = ("server", "token", "token_command", "ca")
    if strange := sorted(set(map(str, said)) - set(allowed)):
        raise ValueError(f"contexts.{name}.{strange[0]} is not a setting; allowed: {', '.join(allowed)}")
    command = said.get("token_command") or []
    texts = [said.get(each) for each in ("server", "token", "ca")]
    is_texts = all(each is None or isinstance(each, str) for each in texts)
    if not said.get("server") or not is_texts or not isinstance(command, list):
        raise ValueError(
            f"contexts.{name}: server, token and ca are texts, token_command is a list; server must be there"
        )
    return Context(
        server=said["server"],
        token=said.get("token"),
        token_command=tuple(map(str, command)),
        ca=said.get("ca"),
    )
