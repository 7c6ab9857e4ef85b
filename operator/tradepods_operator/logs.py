"""Logs are JSON lines on standard error, with the account and the pass in each that is about one."""

import json
import logging
import sys
from datetime import UTC, datetime

import structlog

LONGEST = 1_000  # characters of what a library says


def configure(level: str) -> None:
    """Send our own log, and that of libraries from warnings on. kopf would tell whole objects below that."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


class OneLine(logging.Formatter):
    """What libraries say as JSON too, of an exception its name: the message says what happened."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        found = {
            "event": record.getMessage()[:LONGEST],
            "logger": record.name,
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
        }
        if record.exc_info and record.exc_info[0] is not None:
            found["exception"] = record.exc_info[0].__name__
        return json.dumps(found)
