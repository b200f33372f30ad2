"""How the server writes its log: lines for people on a terminal, JSON elsewhere; always to stderr."""

from __future__ import annotations

import logging
import sys

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
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
        _escape,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    # what libraries say goes the same way, from warnings up
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING))


def _escape(logger: object, method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """What strangers sent stays in its line, and no terminal obeys it; only a traceback has lines."""
    return {
        key: "\n".join(map(printable, value.splitlines() if key == "exception" else [value]))
        if isinstance(value, str)
        else value
        for key, value in event.items()
    }
