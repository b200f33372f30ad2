"""The way to a broker: as by itself, but what comes to nothing is closed."""

from __future__ import annotations

from typing import Any

from kafka.net.inet import KafkaNetSocket

DIRECT = "direct://"
"""The ``proxy_url`` of clients that take this way, through no proxy."""


class ClosingSocket(KafkaNetSocket):  # type: ignore[misc]
    """Closes each socket that could not be connected.

    By itself it leaves them to the garbage collector: one descriptor more for each attempt, several a second
    while a broker is away, until some collection of all that a server holds.
    """

    SCHEMES = ("direct",)

    async def sock_connect(self, net: Any, sock: Any, sockaddr: Any, timeout_at: float | None = None) -> Any:
        try:
            return await super().sock_connect(net, sock, sockaddr, timeout_at=timeout_at)
        except BaseException:
            sock.close()
            raise
