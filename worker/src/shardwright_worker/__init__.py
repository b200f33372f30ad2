"""The worker side of Shardwright: the application gives two callbacks, this speaks the protocol ``v1``."""

from .identity import Identity, InvalidIdentity
from .protocol import Token
from .worker import Worker

__all__ = ["Identity", "InvalidIdentity", "Token", "Worker"]
