"""The wiring: from a configuration to a running server. With the CLI the only room that knows all others."""

from orchestrator.bootstrap.serve import Announcement, serve

__all__ = ["Announcement", "serve"]
