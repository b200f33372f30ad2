"""Where the server is, and how it proves that it is the one."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from shardwright_client.errors import Misused

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Address:
    """A base URL without a slash at its end. Raises Misused for what is none."""

    url: str

    @classmethod
    def of(cls, text: str) -> Address:
        """``host:port`` is read as ``http://host:port``."""
        url = (text if "://" in text else f"http://{text}").rstrip("/")
        try:
            parts = urlsplit(url)
            is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
            is_plain = not (parts.query or parts.fragment or parts.username or parts.password)
        except ValueError:
            is_usable = is_plain = False
        if not (is_usable and is_plain) or not text.isprintable() or " " in text:
            raise Misused(f"{text!r} is not an address such as http://127.0.0.1:8080")
        return cls(url)

    @property
    def is_local(self) -> bool:
        """On this machine, where no proxy can reach it and nobody can listen in."""
        return urlsplit(self.url).hostname in LOOPBACK

    @property
    def short(self) -> str:
        """The host and port alone."""
        return urlsplit(self.url).netloc

    @property
    def is_protected(self) -> bool:
        return self.url.startswith("https://") or self.is_local


def tls(ca: Path | None) -> ssl.SSLContext:
    """``ca``: a file of certificates (PEM) that alone are trusted; None: those of this machine.

    Raises Misused for a file that cannot be used.
    """
    try:
        return ssl.create_default_context(cafile=None if ca is None else str(ca))
    except (OSError, ssl.SSLError) as exc:
        raise Misused(f"{ca} cannot be used as certificates to trust: {exc}") from exc
