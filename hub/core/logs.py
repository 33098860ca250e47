"""Logs: one line of key=value pairs each, to standard error. Secrets and message texts are never given to it."""

from __future__ import annotations

import logging
import sys

import structlog

from hub.core import tokens


def masked(logger: object, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """The same event with no token left in it."""
    return {name: tokens.masked(value) if isinstance(value, str) else value for name, value in event.items()}


def brief(logger: object, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """The same event without the traceback when what is wrong lies outside: a server or a disk that is away tells
    nothing by the path to it, and it may be told many times a minute."""
    error = sys.exception() if event.get("exc_info") is True else None
    if not isinstance(error, OSError):
        return event
    return {**{name: value for name, value in event.items() if name != "exc_info"}, "error": str(error) or repr(error)}


def set_up(level: int = logging.INFO) -> None:
    """Plain lines for journald; colours only on a terminal."""
    terminal = sys.stderr.isatty()
    # Plain tracebacks: the pretty ones print local variables, and a password may be one.
    pretty = structlog.dev.ConsoleRenderer(colors=True, exception_formatter=structlog.dev.plain_traceback)
    renderer = pretty if terminal else structlog.processors.LogfmtRenderer()
    processors: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    processors += [brief, structlog.processors.format_exc_info, masked]
    structlog.configure(
        processors=[*processors, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    logging.getLogger("asyncpg.pool").setLevel(logging.ERROR)  # tells by traceback what our own lines say
