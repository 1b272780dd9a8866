"""What goes to the log: structured lines on standard error, never data of patients.

Every line, of collega and of its libraries, passes the same processors. The text of an exception may
quote what was received, so only errors of collega itself keep theirs: their texts are written for
whoever reads the log. A UID becomes the key of its folder.
"""

import logging
import re
import sys
import threading
import traceback
import warnings
from types import TracebackType

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from collega.config import Settings
from collega.errors import CollegaError
from collega.model.ids import storage_key

# Five or more numbers with dots between them: longer than any address of a machine.
UID = re.compile(r"(?<![\d.])\d+(?:\.\d+){4,}(?![\d.])")
MOST_FRAMES = 12
# They log, or warn of, the values that they read.
SILENT = ("pynetdicom", "pydicom", "py.warnings")
_log = structlog.get_logger()


def configure(settings: Settings, role: str) -> None:
    """Set up logging for this process."""
    level = getattr(logging, settings.log.level.upper())
    renderer: Processor = (
        structlog.processors.JSONRenderer(default=str)
        if settings.log.json_lines
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), timestamp_key="time")
    )

    def add_role(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
        return {"role": role, **line}

    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        add_role,  # not a context variable: a thread begins without any
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        tell_exception,
        hide_uids,
        in_order,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=[first_line, structlog.stdlib.add_logger_name, *shared],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)
    logging.captureWarnings(capture=True)
    warnings.simplefilter("ignore")
    for name in SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    sys.excepthook = _tell_end
    threading.excepthook = _tell_thread


def tell_exception(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Put the type of an exception and its way through the code in the place of its text."""
    told = line.pop("exc_info", None)
    if told is True:
        told = sys.exc_info()
    error = told[1] if isinstance(told, tuple) else told
    if isinstance(error, BaseException):
        line["exception"] = "\n".join(_describe(error))
    line.pop("stack_info", None)
    return line


def _describe(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]
    way = [f"{frame.filename.rpartition('/site-packages/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    text = f": {error}" if isinstance(error, CollegaError) else ""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return [f"{type(error).__qualname__}{text}", *way, *(_describe(cause) if cause else ())]


def hide_uids(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Write the key of a UID in its place, which names the folder and no patient."""
    return {name: _without_uids(value) if isinstance(value, str) else value for name, value in line.items()}


def _without_uids(text: str) -> str:
    return UID.sub(lambda found: f"uid:{storage_key(found[0])}", text)


def first_line(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Cut a library's message after its first line: asyncio quotes exceptions below it."""
    event = str(line.get("event", ""))
    return {**line, "event": event.splitlines()[0] if event else ""}


def in_order(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Begin each line with what each line has."""
    first = {name: line[name] for name in ("time", "level", "role", "event") if name in line}
    return {**first, **line}


def _tell_end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    _log.critical("the process ends by an error", exc_info=(kind, error, trace))


def _tell_thread(told: threading.ExceptHookArgs) -> None:
    _log.critical("a thread ends by an error", exc_info=(told.exc_type, told.exc_value, told.exc_traceback))
