"""What an SQLAlchemy URL says of the link to a database, without its library."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote

from orchestrator.settings.address import is_loopback

# As SQLAlchemy reads it: a password may hold all but "@".
_URL = re.compile(
    r"(?P<scheme>[\w+]+)://"
    r"(?:[^:/@]*(?::[^@]*)?@)?"
    r"(?:\[(?P<ipv6>[^/?\]]+)\]|(?P<host>[^/:?]+))?(?::(?P<port>[^/?]*))?"
    r"(?:/[^?]*)?(?:\?(?P<query>.*))?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """``hosts``: where it may be; none: a socket or a file of this machine."""

    scheme: str
    hosts: tuple[str, ...]
    query: dict[str, list[str]]

    @property
    def dialect(self) -> str:
        return self.scheme.partition("+")[0]

    @property
    def driver(self) -> str:
        return self.scheme.partition("+")[2]

    @property
    def remote(self) -> str | None:
        """The first host that is not this machine."""
        return next((host for host in self.hosts if not is_loopback(host)), None)

    def option(self, name: str) -> str | None:
        """The value of an option of the URL, the last one where it stands several times."""
        return self.query[name][-1] if name in self.query else None


def parsed(url: str) -> Database | None:
    """None when it is no such URL, or a file."""
    found = _URL.fullmatch(url)
    if found is None or found["scheme"].partition("+")[0] == "sqlite":
        return None
    query = parse_qs(found["query"] or "", keep_blank_values=True)
    hosts = [unquote(found["ipv6"] or found["host"] or "")]
    for name in ("host", "hostaddr"):
        for value in query.get(name, ()):
            hosts += [_name(part) for part in value.split(",")]
    return Database(
        scheme=found["scheme"],
        # A folder is where a socket is.
        hosts=tuple(host for host in hosts if host and not host.startswith(("/", "@"))),
        query=query,
    )


def _name(text: str) -> str:
    """The host of ``host:port``, where both are in one text."""
    return text if text.count(":") > 1 and not text.startswith("[") else re.sub(r":\d*$", "", text)
