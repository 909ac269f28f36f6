"""Logs: always to stderr; for people on a terminal, else as ``key=value`` or JSON lines; never a secret.

Every part logs with ``structlog.get_logger(__name__)``; what other libraries log through ``logging`` comes
out in the same form.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN = "***"
"""What stands in place of a secret."""

_SECRET_KEY = re.compile(
    r"pass(word|wd|phrase)?$|^pw[d]?$|secret|token|cookie|authorization|credential|session_?id|private_?key",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def configure(*, stream: TextIO | None = None, debug: bool = False, as_json: bool = False) -> None:
    """Sets up logging for this process.

    Args:
        stream: Where logs go; stderr by default. Colours only where it is a terminal.
        debug: Show debug messages too.
        as_json: One JSON object a line, on a terminal too.
    """
    out = sys.stderr if stream is None else stream
    level = logging.DEBUG if debug else logging.INFO
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact,
        harmless,
    ]
    renderers = [*(_JSON if as_json else _renderers(terminal=out.isatty()))]
    structlog.configure(
        processors=[*shared, *renderers],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        ),
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)


@contextmanager
def silenced() -> Iterator[None]:
    """Drops every message for a while: a picture or a score on the screen says what there is to say."""
    before = structlog.get_config()
    structlog.configure(processors=[_drop])
    try:
        yield
    finally:
        structlog.configure(**before)


def _drop(_logger: WrappedLogger, _method: str, _event: EventDict) -> EventDict:
    raise structlog.DropEvent


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Hides the values of keys that sound like secrets, also inside mappings and lists."""
    return {key: _redacted(key, value) for key, value in event.items()}


def harmless(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Makes control characters visible: callers choose their names, and could steer a terminal."""
    return {key: visible(value) if isinstance(value, str) else value for key, value in event.items()}


def visible(text: str) -> str:
    """The text with control and direction characters written as escapes, line ends and tabs kept."""
    return _CONTROL.sub(lambda found: found.group().encode("unicode_escape").decode("ascii"), text)


def _redacted(key: object, value: Any) -> Any:
    if isinstance(key, str) and value is not None and _SECRET_KEY.search(key):
        return HIDDEN
    if isinstance(value, Mapping):
        return {inner: _redacted(inner, item) for inner, item in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(None, item) for item in value]
    return value


_JSON: tuple[Processor, ...] = (
    structlog.processors.format_exc_info,
    structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
)


def _renderers(*, terminal: bool) -> tuple[Processor, ...]:
    if terminal:
        # The plain formatter: the other one prints local variables, passwords among them.
        return (
            structlog.dev.ConsoleRenderer(
                colors="NO_COLOR" not in os.environ,
                exception_formatter=structlog.dev.plain_traceback,
            ),
        )
    return (
        structlog.processors.format_exc_info,
        structlog.processors.LogfmtRenderer(
            key_order=["timestamp", "level", "event"],
            drop_missing=True,
            bool_as_flag=False,
        ),
    )
