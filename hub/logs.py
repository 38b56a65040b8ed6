"""Logs: one JSON object a line, or readable lines on a terminal; what is personal is masked.

Our own lines go straight out; those of libraries come through the standard library's logging.

log.info("call.arrived", personal_number="+819012345678", queue="support")
{"event": "call.arrived", "personal_number": "…5678", "queue": "support", "level": "info", ...}
"""

import logging
import re
import sys
from collections.abc import Mapping
from typing import TextIO

import structlog
from pydantic import SecretBytes, SecretStr
from structlog.typing import EventDict, Processor, WrappedLogger

from hub.settings import LogLevel

_PERSONAL = "personal_"
_SECRET = re.compile(r"password|secret|token|authorization|cookie|api_key|digest", re.IGNORECASE)
_NUMBER = re.compile(r"\+?[\d\s().-]*\d[\d\s().-]*")
_SHOWN = 4
_HIDDEN = "***"
_QUIET = ("aiohttp.access", "alembic", "aiosqlite")
"""Libraries that are heard from `warning` on."""


def configure_logs(level: LogLevel, *, personal: bool = False, stream: TextIO | None = None) -> None:
    """Set up structlog and, in the same form, the standard library's logging; call once, at the start.

    `personal` leaves what is personal unmasked. `stream` is standard error if not given.
    """
    out = stream if stream is not None else sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        mask_secrets,
    ]
    if not personal:
        shared.append(mask_personal)
    rendering, lines = _rendering(out.isatty()), _Lines(stream)
    structlog.configure(
        processors=[*shared, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(_number_of(level)),
        logger_factory=lambda *_: lines,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    drop = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[drop, *rendering])
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(_number_of(level))
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, _number_of(level)))


class _Lines:
    """Where our own lines go: to a stream, or to standard error as it is at the moment."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def msg(self, message: str) -> None:
        out = self._stream or sys.stderr
        out.write(message + "\n")
        out.flush()

    debug = info = warning = error = critical = exception = msg


def _rendering(is_terminal: bool) -> list[Processor]:
    if is_terminal:
        return [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    # Tracebacks without local variables: those hold numbers, texts and passwords.
    plain = structlog.processors.ExceptionRenderer(
        structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    )
    return [plain, structlog.processors.JSONRenderer(ensure_ascii=False)]


def _number_of(level: LogLevel) -> int:
    return logging.getLevelNamesMapping()[level.upper()]


def mask_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Hide every value whose name sounds like a secret, at any depth."""
    return {key: _without_secrets(key, value) for key, value in event.items()}


def mask_personal(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Mask fields whose name begins with `personal_`: of numbers the last four digits stay, of texts none."""
    return {key: _masked(value) if key.startswith(_PERSONAL) else value for key, value in event.items()}


def _without_secrets(key: str, value: object) -> object:
    if isinstance(value, SecretStr | SecretBytes) or (_SECRET.search(key) and value is not None):
        return _HIDDEN
    if isinstance(value, Mapping):
        return {name: _without_secrets(str(name), each) for name, each in value.items()}
    return value


def _masked(value: object) -> object:
    match value:
        case None | bool():
            return value
        case Mapping():
            return {name: _masked(each) for name, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_masked(each) for each in value]
    text = str(value)
    if not _NUMBER.fullmatch(text):
        return f"{_HIDDEN} ({len(text)})"
    digits = re.sub(r"\D", "", text)
    return f"…{digits[-_SHOWN:]}" if len(digits) > 2 * _SHOWN else _HIDDEN
