"""One reader of the live stream: what it takes, and its connection."""

from __future__ import annotations

import asyncio

from aiohttp import HttpVersion11, web

from api.frames import Frames, Wanted
from orchestrator.engine.facade import Reading


class Reader:
    """To be made when the answer has begun. ``over``: done when it is to end."""

    def __init__(self, request: web.Request, reading: Reading, wanted: Wanted) -> None:
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._request = request
        self._reading = reading
        self._wanted = wanted
        self._is_chunked = request.version >= HttpVersion11
        self._behind_since: float | None = None

    def take(self, frames: Frames) -> bytes | None:
        """What it is to be written of all there is since the last time; None: there was nothing."""
        items = self._reading.take()
        if items is None:
            self.end(None)
            return None
        if not items:
            return None
        return frames.block(items, self._wanted, is_chunk=self._is_chunked)

    def write(self, block: bytes) -> None:
        """Leaves to the connection what the reader does not take at once. Raises ConnectionResetError.

        Past the response of aiohttp, which would make and join a chunk of its own for each reader.
        """
        transport = self._request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the reader left")
        transport.write(block)

    @property
    def is_behind(self) -> bool:
        """It has not taken what was written to it before."""
        return self._request.protocol.writing_paused

    def keeps_up(self, now: float, patience: float) -> bool:
        """Whether it may be written to. Ends it when it could not for ``patience`` seconds."""
        if not self.is_behind:
            self._behind_since = None
            return True
        if self._behind_since is None:
            self._behind_since = now
        elif now - self._behind_since > patience and self._request.transport is not None:
            self._request.transport.abort()
            self.end(TimeoutError("the reader does not read"))
        return False

    def end(self, error: BaseException | None) -> None:
        if self.over.done():
            return
        if error is None:
            self.over.set_result(None)
        else:
            self.over.set_exception(error)

    def close(self) -> None:
        self._reading.close()
