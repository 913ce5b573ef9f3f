"""What a refresh costs as history grows: one bill more, with 2 months in the lake and with 24.

`python scripts/bench_history.py` takes three exports of the sample (AWS, Azure, Google Cloud), puts
the same two months before themselves again and again, and measures in each history: the newest AWS
bill restated, a build in which nothing changed, a refresh in which nothing changed. Runs take turns
between the two histories, so that a machine whose speed drifts slows both alike; the median counts.
"""

from __future__ import annotations

import argparse
import gzip
import re
import shutil
import statistics
from calendar import monthrange
from collections.abc import Callable
from pathlib import Path

import yaml

from bench import Measure, cloudbill, count

EXPORTS = {"aws-payer-a": "aws_cur", "azure-mca": "azure_cost", "gcp-shop": "gcp_billing"}
# Of the sample, as the files write it: 2026-10-05, 20261005, 10/05/2026, and 202610 as Google's
# invoice month.
MONTHS = {
    "iso": re.compile(r"2026(?P<dash>-?)(?P<month>09|1[01])(?:-?(?P<day>\d\d))?(?!\d)"),
    "american": re.compile(r"(?P<month>09|1[01])/(?P<day>\d\d)/2026"),
}


def main() -> None:
    """Make both histories, and print what each change costs in them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--lines", type=int, default=60_000, help="of the whole sample of two months"
    )
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path("bench"))
    arguments = parser.parse_args()
    sample = arguments.folder.resolve() / "history-sample"
    cloudbill("sample", "--out", sample, "--lines", arguments.lines)
    histories = {
        months: History(sample, arguments.folder.resolve() / f"history-{months}", months)
        for months in (2, arguments.months)
    }
    steps: dict[str, Callable[[History], Measure]] = {
        "refresh, one AWS bill restated": History.restated,
        "build, nothing changed": History.built,
        "refresh, nothing changed": History.refreshed,
    }
    print(f"{'CPU seconds, median':36}" + "".join(f"{m:>5} months" for m in histories) + "   ratio")
    for title, step in steps.items():
        taken: dict[int, list[float]] = {months: [] for months in histories}
        for _ in range(arguments.runs):
            for months, history in histories.items():
                taken[months].append(step(history).cpu)
        short, long = (statistics.median(taken[months]) for months in histories)
        print(f"{title:36}{short:12.1f}{long:12.1f}{long / short:8.2f}", flush=True)
    for months, history in histories.items():
        print(f"{months} months: {count(history.workspace):,} lines")


class History:
    """Bills of some months, loaded and built."""

    def __init__(self, sample: Path, folder: Path, months: int) -> None:
        """Write the bills and build them for the first time."""
        self.workspace = folder / "workspace"
        shutil.rmtree(folder, ignore_errors=True)
        for back in range(0, months, 2):
            for export in EXPORTS:
                shift(sample / export, folder / export, back)
        bills = [{"name": n, "kind": k, "location": n} for n, k in EXPORTS.items()]
        self.config = folder / "bills.yml"
        self.config.write_text(yaml.safe_dump({"bills": bills}))
        self.newest = max((folder / "aws-payer-a").rglob("*.csv"))
        self.refreshed()

    def refreshed(self) -> Measure:
        """Refresh."""
        return cloudbill("refresh", "--config", self.config, "--workspace", self.workspace)

    def built(self) -> Measure:
        """Build what may have changed; nothing has."""
        return cloudbill("build", "--workspace", self.workspace)

    def restated(self) -> Measure:
        """Repeat the last line of the newest AWS bill, and refresh."""
        with self.newest.open("ab") as file:
            file.write(self.newest.read_bytes().splitlines(keepends=True)[-1])
        return self.refreshed()


def shift(source: Path, target: Path, back: int) -> None:
    """Copy the files of an export, all their dates some months earlier."""
    for path in (path for path in source.rglob("*") if path.is_file()):
        text = (
            gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        ).decode()
        name = earlier(str(path.relative_to(source)).removesuffix(".gz"), back)
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text(earlier(text, back))


def earlier(text: str, back: int) -> str:
    """The text with its dates some months earlier; what the month lacks becomes its last day."""

    def moved(match: re.Match[str]) -> str:
        found = match.groupdict()
        year, month = divmod(2026 * 12 + int(found["month"]) - 1 - back, 12)
        month += 1
        day = found["day"] and f"{min(int(found['day']), monthrange(year, month)[1]):02d}"
        if "dash" not in found:
            return f"{month:02d}/{day}/{year}"
        dash = found["dash"]
        return f"{year}{dash}{month:02d}" + (f"{dash}{day}" if day else "")

    for pattern in MONTHS.values():
        text = pattern.sub(moved, text)
    return text


if __name__ == "__main__":
    main()
