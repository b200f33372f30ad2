"""What is tried again, how often and after how long."""

from __future__ import annotations

from dataclasses import dataclass

from shardwright_client.errors import Refused, Unavailable

LONGEST_PAUSE_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """``attempts``: in all; ``first_s``: the pause after the first, which doubles, in seconds."""

    attempts: int = 4
    first_s: float = 0.2

    def pause(self, attempt: int, error: Unavailable | Refused, *, is_safe: bool) -> float | None:
        """Seconds to wait after this attempt (the first is 1); None: it ends here.

        ``is_safe``: doing the call twice is as good as once.
        """
        if attempt >= self.attempts:
            return None
        if isinstance(error, Refused):
            # What an earlier attempt of ours began is under way still: its answer is to be had later.
            if attempt == 1 or error.status != 409 or error.retry_after is None:
                return None
        elif not (is_safe or error.is_untouched):
            return None
        wait: float = self.first_s * 2.0 ** (attempt - 1)
        if error.retry_after is not None:
            # Who asks for longer than we wait is asked again later, by whoever called.
            if error.retry_after > LONGEST_PAUSE_S:
                return None
            wait = max(wait, error.retry_after)
        return min(wait, LONGEST_PAUSE_S)


NO_RETRY = Retry(attempts=1)
