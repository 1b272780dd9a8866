"""What goes to the log: structured lines on standard error, never data of patients."""

import logging
import sys

import structlog

from collega.config import Settings


def configure(settings: Settings, role: str) -> None:
    """Set up logging for this process."""
    level = getattr(logging, settings.log.level.upper())
    logging.basicConfig(stream=sys.stderr, level=max(level, logging.WARNING), format=f"{role} %(name)s %(message)s")
    # Both libraries log what they are sent, which may name patients.
    for name in ("pynetdicom", "pydicom"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    renderer = (
        structlog.processors.JSONRenderer()
        if settings.log.json_lines
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    structlog.contextvars.bind_contextvars(role=role)
