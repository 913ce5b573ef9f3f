"""How long Cloudbill takes, beside yardsticks that do the same work with nothing around it.

`python scripts/bench.py --lines 1000000` makes a sample, loads, builds and refreshes it, and prints
seconds, CPU seconds (user and system, of all threads) and peak memory of each step, all from one
run. Every step is a process of its own. On a machine with other work, compare CPU seconds.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import duckdb
import yaml

# The daily grain of charges, in the columns that each table of the lake has for it.
GRAINS = {
    "aws_cur": (
        ["bill_payer_account_id", "line_item_usage_account_id", "line_item_usage_account_name",
         "line_item_resource_id", "line_item_product_code", "line_item_line_item_type",
         "line_item_usage_type", "line_item_operation", "product_sku", "product_region_code",
         "line_item_availability_zone", "product_instance_type", "product_operating_system",
         "reservation_reservation_a_r_n", "savings_plan_savings_plan_a_r_n", "pricing_unit",
         "line_item_currency_code", "tag_set_id"],
        "line_item_usage_start_date", "line_item_unblended_cost", "line_item_usage_amount",
    ),
    "azure_cost": (
        ["billingaccountid", "subscriptionid", "subscriptionname", "resourceid",
         "resourcegroupname", "resourcelocation", "availabilityzone", "consumedservice",
         "chargetype", "pricingmodel", "meterid", "offerid", "benefitid", "reservationid",
         "unitofmeasure", "billingcurrency", "tag_set_id"],
        "date", "costinbillingcurrency", "quantity",
    ),
    "gcp_billing": (
        ["billing_account_id", "project_id", "project_name", "resource_name",
         "resource_global_name", "location_region", "location_zone", "service_description",
         "cost_type", "sku_id", "consumption_model_description", "usage_pricing_unit", "currency",
         "tag_set_id"],
        "usage_start_time", "cost", "usage_amount",
    ),
}  # fmt: skip
SESSION = (
    "set threads = 2; set memory_limit = '4GB'; set preserve_insertion_order = false;"
    " set TimeZone = 'UTC';"
)
# Of the bills, the one that is restated is the one nearest to this share of all lines.
SHARE = 1 / 24
NODES = 100_000
# pandas holds whole files in memory, as objects.
PEERS_UP_TO = 2_000_000
PEERS = {
    "polars": """
import polars
frame = polars.scan_parquet({files}, missing_columns="insert", extra_columns="ignore",
                            hive_partitioning=False)
keys = {keys}
frame = frame.select(*keys, polars.col({date!r}).dt.date().alias("day"), {cost!r}, {quantity!r})
print(frame.group_by(*keys, "day").agg(polars.col({cost!r}, {quantity!r}).sum()).collect().height)
""",
    "pandas": """
import pandas
keys = {keys}
frame = pandas.concat([
    pandas.read_parquet(file, columns=[*keys, {date!r}, {cost!r}, {quantity!r}],
                        partitioning=None)
    for file in {files}
])
frame["day"] = pandas.to_datetime(frame.pop({date!r})).dt.date
frame[[{cost!r}, {quantity!r}]] = frame[[{cost!r}, {quantity!r}]].astype(float)
print(len(frame.groupby([*keys, "day"], dropna=False).sum()))
""",
}

# All text, as polars' guesses at types fail on a column that starts with whole numbers.
COPIES = {
    ("polars", "read_csv"): "polars.scan_csv(file, infer_schema=False).sink_parquet",
    ("polars", "read_parquet"): "polars.scan_parquet(file).sink_parquet",
    ("pandas", "read_csv"): "pandas.read_csv(file, dtype=str).to_parquet",
    ("pandas", "read_parquet"): "pandas.read_parquet(file).to_parquet",
}


@dataclass(frozen=True)
class Measure:
    """What a step took."""

    seconds: float
    cpu: float
    peak_mb: float


def main() -> None:
    """Run the steps and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=Path("bench"))
    arguments = parser.parse_args()
    folder: Path = arguments.folder.resolve()
    bills, workspace = folder / "bills", folder / "workspace"
    has_peers = arguments.lines <= PEERS_UP_TO
    shutil.rmtree(workspace, ignore_errors=True)
    cloudbill("sample", "--out", bills, "--lines", arguments.lines)

    print(f"{'':44}{'seconds':>9}{'CPU s':>9}{'peak MB':>9}{'× CPU':>8}")
    for title, location, reader in (
        ("CSV.gz", "aws-payer-a", "read_csv"),
        ("Parquet", "aws-payer-b", "read_parquet"),
    ):
        land(folder, title, location, reader, has_peers=has_peers)
    if has_peers and (converter := shutil.which("focus-converter")):
        convert(converter, folder)
    refresh = ("refresh", "--config", bills / "bills.yml", "--workspace", workspace)
    show("load, all formats", cloudbill("load", *refresh[1:]))
    files = {
        kind: sorted(map(str, (workspace / "lake" / kind).glob("export=*/bill=*/bill.parquet")))
        for kind in GRAINS
    }
    aggregate = show("yardstick: GROUP BY to the grain of charges", python(group_by(files)))
    kind, (keys, date, cost, quantity) = next(iter(GRAINS.items()))
    plain = show(f"yardstick: the same, {kind} alone", python(group_by({kind: files[kind]})))
    lines = [file for file in files[kind] if "__schema__" not in file]
    for peer, code in PEERS.items():
        if has_peers and find_spec(peer):
            step = code.format(
                files=lines, keys=shared(lines, keys), date=date, cost=cost, quantity=quantity
            )
            show(f"peer: the same, {kind} alone, {peer}", python(step), plain)
    if has_peers and find_spec("polars"):
        metrics = [sys.executable, str(Path(__file__).with_name("bench_peer.py")), *lines]
        show(f"peer: five metrics, {kind} alone, polars", measured(metrics), plain)
    full = show("full build", cloudbill("build", "--workspace", workspace), aggregate)
    show("refresh, nothing changed", cloudbill(*refresh), full)
    name, share = restate(bills, workspace)
    show(f"refresh, one bill of {share:.1%} of lines", cloudbill(*refresh), full)
    config, nodes = node_list(bills, workspace)
    priced = cloudbill("refresh", "--config", config, "--workspace", workspace)
    show(f"refresh, a new list of {nodes:,} nodes", priced, full)
    print(f"\nRestated: {name}. {count(workspace):,} lines; {os.cpu_count()} cores.")


def land(folder: Path, title: str, location: str, reader: str, *, has_peers: bool) -> None:
    """Load one export, and copy its files to Parquet with DuckDB alone."""
    config, target = folder / f"{location}.yml", folder / f"{location}.workspace"
    shutil.rmtree(target, ignore_errors=True)
    bill = {"name": location, "kind": "aws_cur", "location": str(folder / "bills" / location)}
    config.write_text(yaml.safe_dump({"bills": [bill]}))
    files = sorted(str(path) for path in (folder / "bills" / location).rglob("payer-*.gz"))
    files += sorted(str(path) for path in (folder / "bills" / location).rglob("*.parquet"))
    copy = "\n".join(
        f"con.execute(\"copy (from {reader}('{file}')) to '{folder}/copy.parquet'"
        ' (compression zstd)")'
        for file in files
    )
    plain = show(f"yardstick: COPY {title}", python(f"{CONNECT}\n{copy}"))
    for (peer, read), code in COPIES.items():
        if read == reader and has_peers and find_spec(peer):
            written = f"{code}('{folder}/copy.parquet', compression='zstd')"
            step = f"import {peer}\nfor file in {files}:\n    {written}"
            show(f"peer: the same, {peer}", python(step), plain)
    show(f"load {title}", cloudbill("load", "--config", config, "--workspace", target), plain)


def convert(converter: str, folder: Path) -> None:
    """Convert the newest legacy AWS bill to FOCUS with FinOps' converter, which reads no gzip."""
    delivered = max((folder / "bills" / "aws-payer-a").rglob("*.csv.gz"))
    source = folder / "converter.csv"
    with gzip.open(delivered) as packed, source.open("wb") as plain:
        shutil.copyfileobj(packed, plain)
    options = ["--provider", "aws-cur", "--data-format", "csv", "--data-path", str(source)]
    options += ["--export-format", "parquet", "--export-path", str(folder / "converted")]
    show(f"peer: {delivered.parent.name} to FOCUS", measured([converter, "convert", *options]))


CONNECT = f"import duckdb\ncon = duckdb.connect()\ncon.execute({SESSION!r})"


def group_by(files: dict[str, list[str]]) -> str:
    """Python that aggregates landed bills to the daily grain, without any rule."""
    steps = [CONNECT]
    for kind, (keys, date, cost, quantity) in GRAINS.items():
        if kind in files:
            steps.append(
                f"con.execute('''create table {kind} as select {', '.join(keys)},"
                f" cast({date} as date) as day, sum({cost}) as cost, sum({quantity}) as quantity"
                f" from read_parquet({files[kind]}, union_by_name = true,"
                " hive_partitioning = false) group by all''')"
            )
    return "\n".join(steps)


def shared(files: list[str], keys: list[str]) -> list[str]:
    """The keys that every file has: what the peers can group by."""
    found = duckdb.execute(
        "select name from parquet_schema(?) group by name having count(distinct file_name) = ?",
        [files, len(files)],
    ).fetchall()
    return [key for key in keys if (key,) in found]


def restate(bills: Path, workspace: Path) -> tuple[str, float]:
    """Repeat the last line of the plain CSV bill whose share of all lines is nearest to SHARE."""
    counted = duckdb.execute(
        "select export, billing_period, sum(line_count) / (sum(sum(line_count)) over ()) as share"
        f" from read_parquet('{workspace}/lake/bills.parquet') group by export, billing_period"
        f" order by abs(share - {SHARE}), export"
    ).fetchall()
    for export, period, share in counted:
        month = period.replace("-", "")
        for path in sorted((bills / export).glob(f"{month}*/*.csv")):
            with path.open("ab") as file:
                file.write(path.read_bytes().splitlines(keepends=True)[-1])
            return f"{export} {period}", share
    raise SystemExit("No bill of the sample is a plain CSV file.")


def node_list(bills: Path, workspace: Path) -> tuple[Path, int]:
    """List a cluster of the EC2 instances on the bill, and of others like them up to NODES."""
    machines = duckdb.execute(
        "select distinct vm_name, instance_type, region_id"
        f" from read_parquet('{workspace}/published/vm_usage_daily/*.parquet')"
        f" where provider = 'AWS' and region_id is not null order by vm_name limit {NODES}"
    ).fetchall()
    items = []
    for number in range(NODES):
        copy, which = divmod(number, len(machines))
        vm, instance_type, region = machines[which]
        labels = {
            "node.kubernetes.io/instance-type": instance_type,
            "topology.kubernetes.io/region": region,
            "kubernetes.io/os": "linux",
        }
        instance = f"{vm}{copy:x}" if copy else vm
        items.append(
            {
                "kind": "Node",
                "metadata": {"name": f"node-{number}", "labels": labels},
                "spec": {"providerID": f"aws:///{region}a/{instance}"},
            }
        )
    (bills / "bench-nodes.json").write_text(json.dumps({"kind": "List", "items": items}))
    config = yaml.safe_load((bills / "bills.yml").read_text())
    config["nodes"] = [{"cluster": "bench", "location": "bench-nodes.json"}]
    path = bills / "bench.yml"
    path.write_text(yaml.safe_dump(config))
    return path, len(items)


def count(workspace: Path) -> int:
    """Lines in the lake."""
    row = duckdb.execute(
        f"select sum(line_count)::bigint from read_parquet('{workspace}/lake/bills.parquet')"
    ).fetchone()
    return row[0] if row else 0


def cloudbill(*arguments: object) -> Measure:
    """Run a cloudbill command."""
    return measured([sys.executable, "-m", "cloudbill.cli", *map(str, arguments)])


def python(code: str) -> Measure:
    """Run a piece of Python."""
    return measured([sys.executable, "-c", code])


def measured(command: Sequence[str]) -> Measure:
    """Run a command to its end; what it printed is shown only when it failed."""
    started = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        output = process.stdout.read() if process.stdout else b""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)[:500]} failed:\n{output.decode()}")
    return measure(time.monotonic() - started, usage)


def measure(seconds: float, usage: resource.struct_rusage) -> Measure:
    """Read the kernel's account of a finished process."""
    return Measure(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def show(step: str, taken: Measure, against: Measure | None = None) -> Measure:
    """Print a step, beside the one that it is compared with."""
    ratio = f"{taken.cpu / against.cpu:8.2f}" if against else ""
    figures = f"{taken.seconds:9.1f}{taken.cpu:9.1f}{taken.peak_mb:9.0f}{ratio}"
    print(f"{step:44}{figures}", flush=True)
    return taken


if __name__ == "__main__":
    main()
