"""The MQTT broker inside the process (amqtt): for trying out, demos and a single site.

It runs on its own thread with its own loop, so that a slow handler elsewhere delays no message.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
from typing import Any

from notify.endpoint import DEFAULT_TOPIC, Endpoint
from orchestrator.errors import ConfigError, Permanent, Unavailable

_log = logging.getLogger(__name__)

_BEAT_S = 0.25
_START_DEADLINE_S = 10.0
_STOP_DEADLINE_S = 10.0
_SESSION_EXPIRY_S = 60
_NOISY_LOGGERS = ("amqtt", "transitions")


class EmbeddedBroker:
    """An MQTT 3.1.1 broker for one account and a few topics, QoS 0 and 1.

    ``start`` and ``stop`` block for tens of milliseconds: call them outside a loop, or in a thread.
    """

    def __init__(
        self,
        *,
        password: str,
        username: str = "shardwright",
        host: str = "127.0.0.1",
        port: int = 0,
        topics: tuple[str, ...] = (DEFAULT_TOPIC,),
    ) -> None:
        """``port`` 0 takes a free one, which ``port`` tells after the start."""
        self.host = host
        self.port = port
        self._username = username
        self._password = password
        self._topics = topics
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._beat = time.monotonic()

    def endpoint(self, topic: str = DEFAULT_TOPIC) -> Endpoint:
        """How a client reaches this broker, once it has started."""
        return Endpoint(
            host=self.host, port=self.port, username=self._username, password=self._password, topic=topic
        )

    def start(self) -> None:
        """Return when clients can connect.

        Raises Permanent when the port is taken, ConfigError when amqtt is not installed, Unavailable
        when the broker did not come up in time.
        """
        if self._thread is not None:
            raise RuntimeError("the broker runs already")
        broker_class = _broker_class()
        self.port = _claimable_port(self.host, self.port)
        self._ready.clear()
        self._failure = None
        self._beat = time.monotonic()
        self._thread = threading.Thread(
            target=self._run, args=(broker_class,), name="mqtt-broker", daemon=True
        )
        self._thread.start()
        if not self._ready.wait(_START_DEADLINE_S):
            raise Unavailable(f"the embedded MQTT broker did not start within {_START_DEADLINE_S:g} s")
        if self._failure is not None:
            self._thread.join()
            self._thread = None
            raise Permanent(
                f"the embedded MQTT broker cannot listen on {self.host}:{self.port}: {self._failure}"
            ) from self._failure

    def stop(self) -> None:
        """Disconnect the clients and end the thread; harmless when it does not run."""
        thread, loop, stopping = self._thread, self._loop, self._stopping
        if thread is None:
            return
        if loop is not None and stopping is not None and thread.is_alive():
            loop.call_soon_threadsafe(stopping.set)
        thread.join(_STOP_DEADLINE_S)
        if thread.is_alive():
            raise Unavailable(f"the embedded MQTT broker did not stop within {_STOP_DEADLINE_S:g} s")
        self._thread = None

    def stalled_for(self) -> float:
        """Seconds for which the broker's loop has not run, beyond its usual pause; grows when it died."""
        return max(0.0, time.monotonic() - self._beat - _BEAT_S)

    @property
    def is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _run(self, broker_class: Any) -> None:
        try:
            with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
                runner.run(self._serve(broker_class))
        except Exception as exc:  # noqa: BLE001
            # The thread has no caller: whoever waits in start() raises it, later ones read the log.
            self._failure = exc
            if self._ready.is_set():
                _log.exception("the embedded MQTT broker ended")
        finally:
            self._loop = None
            self._ready.set()

    async def _serve(self, broker_class: Any) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        self._loop.set_exception_handler(self._on_stray_exception)
        broker = broker_class(self._configuration())
        await broker.start()
        self._ready.set()
        while not self._stopping.is_set():
            self._beat = time.monotonic()
            try:
                async with asyncio.timeout(_BEAT_S):
                    await self._stopping.wait()
            except TimeoutError:
                continue
        await broker.hang_up()
        async with asyncio.timeout(_STOP_DEADLINE_S / 2):
            await broker.shutdown()

    def _on_stray_exception(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if self._stopping is not None and self._stopping.is_set():
            # amqtt's own tasks, which were answering a client when its connection was closed.
            _log.debug("while the embedded MQTT broker stopped: %s", context.get("message"))
        else:
            loop.default_exception_handler(context)

    def _configuration(self) -> dict[str, Any]:
        account = {"username": self._username, "password": self._password}
        return {
            "listeners": {
                "default": {"type": "tcp", "bind": f"{self.host}:{self.port}", "max_connections": -1}
            },
            "session_expiry_interval": _SESSION_EXPIRY_S,
            "plugins": {
                "notify.broker_amqtt.Account": account,
                "notify.broker_amqtt.Topics": {"topics": list(self._topics)},
            },
        }


def _broker_class() -> Any:
    try:
        from notify.broker_amqtt import TrackedBroker
    except ImportError as exc:
        raise ConfigError(
            "mqtt: the embedded broker needs the extra 'embedded': pip install 'shardwright[embedded]'"
        ) from exc
    for name in _NOISY_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    return TrackedBroker


def _claimable_port(host: str, port: int) -> int:
    # Asked beforehand: amqtt neither tells the port that it was given nor fails without a traceback.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as exc:
            raise Permanent(
                f"the embedded MQTT broker cannot listen on {host}:{port}: {exc.strerror}."
                " Set mqtt.port to another one, or to 0 for any that is free"
            ) from exc
        return int(probe.getsockname()[1])
