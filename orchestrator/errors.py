"""What can go wrong at a port, by what the caller should do about it.

A conflict is not here: it is an answer (``orchestrator.core.decisions``). Whatever else an adapter
raises is a bug of ours.
"""

from __future__ import annotations


class ShardwrightError(Exception):
    """Base of all errors that this product raises on purpose; its text is fit for a user."""


class Unavailable(ShardwrightError):
    """A dependency did not answer, or not in full: nothing is known, nothing was changed. Try again later."""


class Permanent(ShardwrightError):
    """A dependency refused and will refuse again: record it, show it, do not retry."""


class TooLarge(Permanent):
    """A transaction over the store's bounds; it was not sent."""


class InvalidMessage(ShardwrightError):
    """Bytes from outside that are not a message we know."""


class ConfigError(ShardwrightError):
    """The configuration cannot be used; the text names the key, the value and what is allowed."""


class UnknownKind(ShardwrightError):
    """The kind is not configured; the text names those that are."""


class UnknownPlan(UnknownKind):
    """The kind has no plan of this number (any more); the text says which it has."""


class NotNow(ShardwrightError):
    """The engine cannot change anything at the moment: no leader here, a dependency away, not ready yet."""


class Doubtful(NotNow):
    """It is not known whether the change was carried out, in whole or in part: look before asking again."""
