"""The live stream, gone on with where it broke."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from shardwright_client.calls import Calls
from shardwright_client.errors import Unavailable, Unexpected
from shardwright_client.sse import Item, items

SILENCE_S = 60.0
"""A live stream that is silent for so long is taken for broken."""
AGAIN_S = 1.0
GIVE_UP_S = 30.0

PATH = ("v1", "api", "events", "stream")


class Stream(Calls):
    """What happens, as it happens."""

    def stream(self, after: str | None = None) -> Iterator[Item]:
        """Items until the server ends the stream. ``after``: the id of the last one that was seen."""
        headers = {"Accept": "text/event-stream"}
        if after is not None:
            headers["Last-Event-ID"] = after
        request = self._wire.request("GET", PATH, {}, None, headers)
        try:
            yield from items(self._wire.lines(request, SILENCE_S))
        except ValueError as exc:
            raise Unexpected(f"the stream of {self.url} is not Shardwright's", str(exc)) from exc

    def follow(
        self,
        after: str | None = None,
        *,
        give_up_s: float = GIVE_UP_S,
        broke: Callable[[Unavailable | None], None] = lambda why: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> Iterator[Item]:
        """Items without an end: a stream that breaks is taken up after its last item.

        The first answer decides whether there is anything to follow. Afterwards Unavailable is raised when
        nobody answered for ``give_up_s`` seconds. Each connection begins with ``hello``; ``reload`` says that
        items were missed, so that what was derived of them must be read anew. ``broke`` is told of each break
        (None: the server ended the stream).
        """
        last, lost_at, has_begun = after, None, False
        while True:
            why: Unavailable | None = None
            try:
                for item in self.stream(last):
                    last, lost_at, has_begun = item.id or last, None, True
                    yield item
            except Unavailable as error:
                if not has_begun or (lost_at is not None and clock() - lost_at > give_up_s):
                    raise
                why = error
            if lost_at is None:
                lost_at = clock()
                broke(why)
            self._sleep(AGAIN_S)
