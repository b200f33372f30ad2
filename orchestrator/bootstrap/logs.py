"""How the server writes its log: lines for people on a terminal, JSON elsewhere; always to stderr."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

from orchestrator.core.printable import printable
from orchestrator.settings import Settings


def set_up_logs(settings: Settings) -> None:
    level = logging.getLevelNamesMapping()[settings.log.level.upper()]
    as_json = settings.log.format == "json" or (settings.log.format == "auto" and not sys.stderr.isatty())
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            _escape,
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    # what libraries say goes the same way, from warnings up
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Escaping("%(name)s: %(message)s"))
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING))


class _Escaping(logging.Formatter):
    """What strangers sent stays in its line, and no terminal obeys it."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        return printable(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:
        return "\n".join(printable(line) for line in super().formatException(ei).splitlines())


def _escape(logger: object, method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    return {key: printable(value) if isinstance(value, str) else value for key, value in event.items()}
