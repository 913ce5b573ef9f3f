"""A log for each run of a command that writes: what it told, and when."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler

from cloudbill.safe import redacted
from cloudbill.workspace import Workspace

KEPT = 60
"""Logs of a workspace: a month of two runs a day."""
BYTES = 1_000_000
"""Of a log; it is cut in two, and what is before the last two parts is not kept."""

OFF = logging.CRITICAL + 1

log = logging.getLogger("cloudbill")
log.setLevel(OFF)
log.propagate = False


class Redacted(logging.Formatter):
    """A line without the secrets of addresses, whatever told it."""

    def format(self, record: logging.LogRecord) -> str:
        """Format as ever, tracebacks included."""
        return redacted(super().format(record))


@contextmanager
def logged(space: Workspace, command: str) -> Iterator[None]:
    """Write what a run tells to a file of its own; the oldest files go."""
    folder = space.logs
    folder.mkdir(parents=True, exist_ok=True)
    for old in sorted(folder.glob("cloudbill-*.log*"))[: -KEPT + 1]:
        old.unlink(missing_ok=True)
    name = f"cloudbill-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{command}.log"
    handler = RotatingFileHandler(folder / name, maxBytes=BYTES, backupCount=1, encoding="utf-8")
    formatter = Redacted("%(asctime)sZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.setLevel(OFF)
        log.removeHandler(handler)
        handler.close()
