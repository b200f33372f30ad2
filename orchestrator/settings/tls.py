"""How a link to another server is encrypted, and what proves who is at either end."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import model_validator

from orchestrator.settings.secret import Secret, given_twice, revealed
from orchestrator.settings.section import Section, refuse


class Tls(Section):
    """``ca``: the only authorities that are trusted, in PEM; None: those of the system.

    ``certificate`` and ``key``: with which to prove who we are, in PEM, where the other side asks.
    """

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    check_hostname: bool = True

    @model_validator(mode="after")
    def _together(self) -> Self:
        refuse(
            "key is given without certificate; give both"
            if self.key is not None and self.certificate is None
            else None
        )
        return self

    @property
    def files(self) -> tuple[tuple[str, Path], ...]:
        """The names of the keys that name files, and the files."""
        named = (("ca", self.ca), ("certificate", self.certificate), ("key", self.key))
        return tuple((name, path.expanduser()) for name, path in named if path is not None)


class KeyedTls(Tls):
    """TLS whose private key may be kept under a password."""

    key_password: Secret | None = None
    key_password_file: Path | None = None

    @model_validator(mode="after")
    def _password_once(self) -> Self:
        refuse(given_twice("key_password", self.key_password, self.key_password_file))
        return self

    def given_key_password(self, at: str) -> str | None:
        """``at``: the dotted name of this section. Raises ConfigError when its file cannot be read."""
        return revealed(f"{at}.key_password", self.key_password, self.key_password_file)
