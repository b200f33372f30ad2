"""A kazoo client that retries soon, checks whom it speaks to, and tells the timeout it was granted.

A client is given up, not repaired: ``stop_client`` ends one that hangs, too.
"""

from __future__ import annotations

import math
import ssl
import time
from contextlib import suppress
from importlib.util import find_spec
from typing import Any

from kazoo.client import KazooClient
from kazoo.exceptions import KazooException
from kazoo.protocol.connection import ConnectionHandler
from kazoo.protocol.serialization import Connect
from kazoo.retry import KazooRetry
from kazoo.security import ACL, CREATOR_ALL_ACL, OPEN_ACL_UNSAFE, Id, Permissions

from orchestrator.errors import Permanent
from orchestrator.store.zookeeper_handler import Handler
from orchestrator.store.zookeeper_options import ZookeeperOptions

MAX_RETRY_DELAY_S = 1.0


class Connection(ConnectionHandler):  # type: ignore[misc]
    """Keeps the timeout that the server granted, which kazoo only logs, and its own end."""

    granted_s: float | None = None
    ended = False

    def zk_loop(self) -> None:
        try:
            super().zk_loop()
        finally:
            self.ended = True

    def _write(self, msg: Any, timeout: float) -> None:
        # There is nearly always room: kazoo asks before it tries, which is one more call for each request.
        sent = 0
        if not isinstance(self._socket, ssl.SSLSocket):
            with self._socket_error_handling(), suppress(BlockingIOError):
                sent = self._socket.send(msg)
        if sent < len(msg):
            super()._write(memoryview(msg)[sent:], timeout)

    def _read(self, length: int, timeout: float) -> bytes:
        # Header and body of an answer have nearly always come together.
        chunk = b""
        if not isinstance(self._socket, ssl.SSLSocket):
            with self._socket_error_handling(), suppress(BlockingIOError):
                chunk = self._socket.recv(length)
        if len(chunk) < length:
            # An end of the stream is met there once more.
            chunk += super()._read(length - len(chunk), timeout)
        return chunk

    def _send_ping(self, connect_timeout: float) -> None:
        # This thread goes on when the loop hangs: it must not hold an office for which nobody acts.
        if time.monotonic() - self.client.tended_at <= (self.granted_s or math.inf):
            super()._send_ping(connect_timeout)

    def _authenticate_with_sasl(self, host: str, timeout: float) -> None:
        try:
            super()._authenticate_with_sasl(host, timeout)
        except KazooException as exc:
            self.handler.failure = f"{host}: SASL authentication failed: {exc}".rstrip(": ")
            raise

    def _invoke(self, timeout: float, request: Any, xid: int | None = None) -> Any:
        answer = super()._invoke(timeout, request, xid)
        if isinstance(request, Connect):
            self.granted_s = answer[0].time_out / 1000
        return answer


class Client(KazooClient):  # type: ignore[misc]
    """Made but not started. Raises Permanent when the options cannot be used.

    ``tended_at``: when whoever uses it last showed that he goes on; the session is not kept up for longer
    than its timeout without that.
    """

    _connection: Any

    def __init__(self, options: ZookeeperOptions) -> None:
        self.tended_at = time.monotonic()
        context = None if options.tls is None else options.tls.context()
        if options.sasl is not None and find_spec("puresasl") is None:
            raise Permanent("SASL with ZooKeeper needs the package pure-sasl")
        retry = {"max_tries": -1, "delay": 0.05, "max_delay": MAX_RETRY_DELAY_S}
        try:
            super().__init__(
                hosts=options.hosts,
                timeout=options.session_timeout_s,
                handler=Handler(context),
                default_acl=acl(options),
                auth_data=[] if options.digest is None else [("digest", options.digest)],
                sasl_options=None if options.sasl is None else dict(options.sasl),
                connection_retry=KazooRetry(**retry),
                # Nothing here is sent twice on its own: the caller looks what became of the first.
                command_retry=KazooRetry(**{**retry, "max_tries": 1}),
                use_ssl=context is not None,
                check_hostname=options.tls is not None and options.tls.check_hostname,
            )
        except ValueError as exc:
            raise Permanent(f"ZooKeeper's hosts {options.hosts!r} cannot be used: {exc}") from exc
        made = self._connection
        self._connection = Connection(
            self, made.retry_sleeper, logger=made.logger, sasl_options=made.sasl_options
        )

    @property
    def granted_s(self) -> float | None:
        """The session timeout that the server granted, in seconds; None before the first session."""
        granted: float | None = self._connection.granted_s
        return granted

    @property
    def ended(self) -> bool:
        """Whether the client has given up for good, as it does when its credentials are refused."""
        return bool(self._connection.ended)


def acl(options: ZookeeperOptions) -> list[Any]:
    """Who may do what with the nodes that we create."""
    granted = list(CREATOR_ALL_ACL if options.is_private else OPEN_ACL_UNSAFE)
    for reader in options.readers:
        scheme, _, name = reader.partition(":")
        granted.append(ACL(Permissions.READ, Id(scheme, name)))
    return granted


def stop_client(client: Client) -> None:
    """End the session and the threads of a client. Blocks; ``Handler.abort`` hastens it."""
    client.stop()
    client.close()
