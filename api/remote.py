"""Where a request comes from: the address at the other end, or what a proxy that we know says of it."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address

from aiohttp import web

from api.options import OPTIONS

FORWARDED = "X-Forwarded-For"


def remote_of(request: web.Request) -> str:
    """An address. What strangers claim is not believed: only what stands behind proxies of ours."""
    own = request.remote or "unknown"
    proxies = request.app[OPTIONS].proxies
    if own not in proxies:
        return own
    claimed = ",".join(request.headers.getall(FORWARDED, ())).split(",")
    for one in reversed([each.strip() for each in claimed]):
        address = _address(one)
        if address is None:
            return own
        if address not in proxies:
            return address
    return own


def place_of(address: str) -> str:
    """What is counted as one: an IPv4 address, or a network of IPv6, of which everybody has plenty."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return str(IPv6Network((int(found) >> 64 << 64, 64)))
    return address


def _address(text: str) -> str | None:
    try:
        return str(ip_address(text))
    except ValueError:
        return None
