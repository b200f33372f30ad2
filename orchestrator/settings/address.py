"""Addresses as people write them: of web servers, and of servers by name and port."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("must be http(s)://host[:port], without user, query and fragment")
    return value.rstrip("/")


def _origin(value: str) -> str:
    if not re.fullmatch(r"https?://[A-Za-z0-9.\-]+(:\d{1,5})?|https?://\[[0-9A-Fa-f:]+\](:\d{1,5})?", value):
        raise ValueError("must be an origin such as https://console.example.org; '*' is not allowed")
    return value


def split(value: str) -> tuple[str, int]:
    """The host and the port of ``host:port`` or ``[::1]:port``. Raises ValueError."""
    found = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._\-]+)):(\d{1,5})", value)
    if found is None or not 0 < int(found[3]) <= 65535:
        raise ValueError("must be host:port, such as node-1.example.org:9092 or [::1]:9092")
    return found[1] or found[2], int(found[3])


def _host_port(value: str) -> str:
    split(value)
    return value


def _listed(value: Any) -> Any:
    # What libraries and people write as one text is one list all the same.
    if not isinstance(value, str):
        return value
    return [part for part in re.split(r"[,\s]+", value) if part]


def is_loopback(host: str) -> bool:
    """Whether what is sent to the host never leaves this machine, as far as its name tells."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ip_address(name.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def is_any(host: str) -> bool:
    """Whether it means all addresses of this machine, to listen at."""
    try:
        return ip_address(host.strip("[]")).is_unspecified
    except ValueError:
        return False


WebAddress = Annotated[str, AfterValidator(_web_address)]
Origin = Annotated[str, AfterValidator(_origin)]
Host = Annotated[str, Field(min_length=1)]
HostPort = Annotated[str, AfterValidator(_host_port)]
HostPorts = Annotated[tuple[HostPort, ...], BeforeValidator(_listed)]
WebAddresses = Annotated[tuple[WebAddress, ...], BeforeValidator(_listed)]
