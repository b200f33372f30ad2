"""Where a request comes from: the address at the other end, or what a proxy that we know says of it."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import web

from api.options import OPTIONS

FORWARDED = "X-Forwarded-For"


def remote_of(request: web.Request) -> str:
    """An address. What strangers claim is not believed: only what stands behind proxies of ours."""
    own = request.remote or "unknown"
    proxies = request.app[OPTIONS].proxies
    if not _is_one_of(own, proxies):
        return own
    claimed = ",".join(request.headers.getall(FORWARDED, ())).split(",")
    for one in reversed([each.strip() for each in claimed]):
        address = _address(one)
        if address is None:
            return own
        if not _is_one_of(address, proxies):
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


def _is_one_of(address: str, proxies: frozenset[str]) -> bool:
    """``proxies``: addresses and networks."""
    if not proxies or (found := _parsed(address)) is None:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return any(found in network for network in _networks(proxies))


@lru_cache(maxsize=16)
def _networks(proxies: frozenset[str]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(each) for each in proxies)


def _address(text: str) -> str | None:
    found = _parsed(text)
    return None if found is None else str(found)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
