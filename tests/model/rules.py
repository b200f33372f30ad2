"""Rules that the world around the product keeps; each can be left out, to see what breaks."""

from __future__ import annotations

from dataclasses import dataclass

Token = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Rules:
    """``candidacy``: a leader renews its proof under the candidacy only under which it took office.
    ``commit_first``: tokens are compared by commit, then by incarnation.
    ``recheck``: a leader compares its view with the store now and then. ``ended_first``: no
    instance runs when an older copy of the store is put back.
    """

    candidacy: bool = True
    commit_first: bool = True
    recheck: bool = True
    ended_first: bool = True

    def is_newer(self, token: Token, other: Token) -> bool:
        """Whether downstream takes the token for a later one."""
        return token > other if self.commit_first else token[::-1] > other[::-1]
