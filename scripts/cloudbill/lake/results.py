"""What a load tells of each bill, and how far it is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from threading import Event, Thread
from typing import Literal

import duckdb

Status = Literal["new", "changed", "unchanged", "refused", "skipped"]


@dataclass(frozen=True)
class LoadResult:
    """What became of one bill."""

    export: str
    bill: str | None
    status: Status
    rows: int = 0
    cost: dict[str | None, Decimal] = field(default_factory=dict)
    """By currency; None where no currency is known."""
    reason: str | None = None


@dataclass(frozen=True)
class Progress:
    """How far a load is, in bytes of source files."""

    export: str
    bill: str | None
    bytes_done: int
    bytes_total: int
    rows: int


@dataclass
class Meter:
    """Bytes and rows that a load has behind it, of how many bytes."""

    report: Callable[[Progress], None] | None
    total: int = 0
    done: int = 0
    rows: int = 0
    next: int = 0
    """What is done when the delivery at hand is."""

    def begin(self, work: int) -> None:
        """A delivery is next."""
        self.next = self.done + work

    @contextmanager
    def watch(
        self, con: duckdb.DuckDBPyConnection, export: str, bill: str | None, size: int
    ) -> Iterator[None]:
        """Report while queries land a delivery of some bytes."""
        if self.report is None:
            yield
            return
        # Only now: DuckDB spends a twentieth of a load on knowing how far it is.
        con.execute("set enable_progress_bar = true")
        con.execute("set enable_progress_bar_print = false")
        ended = Event()

        def poll() -> None:
            share = 0.0
            while not ended.wait(0.2):
                # The largest so far: small queries follow the large one.
                share = max(share, min(1.0, con.query_progress() / 100))
                self.tell(export, bill, int(size * share))

        poller = Thread(target=poll, daemon=True)
        poller.start()
        try:
            yield
        finally:
            ended.set()
            poller.join()

    def count(self, export: str, bill: str | None, rows: int) -> None:
        """A delivery is behind."""
        self.done = max(self.done, self.next)
        self.rows += rows
        self.tell(export, bill, 0)

    def fetched(self, export: str, bill: str | None, count: int) -> None:
        """Some bytes are downloaded."""
        self.done += count
        self.tell(export, bill, 0)

    def tell(self, export: str, bill: str | None, further: int) -> None:
        """Report how far it is."""
        if self.report:
            done = min(self.done + further, self.total)
            self.report(Progress(export, bill, done, self.total, self.rows))
