"""The gate of FOCUS output: the official validator, whose failures must be exactly the known ones.

`make focus-validate` runs it, with any Python: the validator has an environment of its own. The
views of FOCUS 1.4, for which there is no official validator yet, are linted.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# pyarrow 25 needs a newer numpy than the validator has.
REQUIREMENTS = ["focus-validator==2.2.1", "focus-data-toolkit==0.14.1", "pyarrow<25"]
OLDEST = (3, 12)

# Rules of model 1.2.0.1 that fail on any right data, and why; FOCUS_Spec issues 1825, 1893, 2421.
# What fails besides them is our error; what passes is repaired upstream, and leaves the list.
EXPECTED = {
    "InvoiceId-C-004-C": "compiled without its condition, as its opposite C-005: one always fails",
    "CommitmentDiscountStatus-C-004-C": "its condition is inverted (id IS NULL): contradicts C-003",
    "CapacityReservationStatus-C-004-C": "compiled without its condition: contradicts C-003",
    "CommitmentDiscountStatus-C-002-C": "rolls up C-004",
    "CommitmentDiscountStatus-C-000-C": "rolls up C-002",
    "CapacityReservationStatus-C-002-C": "rolls up C-004",
    "CapacityReservationStatus-C-000-C": "rolls up C-002",
    "CostAndUsage-D-002-M": "rolls up the columns",
    "CostAndUsage-D-000-M": "rolls up the dataset",
}

# The validator takes one file; a provider's are in a folder.
JOIN = """
import duckdb, sys
duckdb.read_parquet(f"{sys.argv[1]}/*.parquet").write_parquet(sys.argv[2])
"""

# A file for each service provider of the 1.4 view, and the billing periods.
COPY_1_4 = """
import duckdb, sys
con = duckdb.connect(sys.argv[1], read_only=True)
con.execute("set TimeZone = 'UTC'")
query = "select distinct ServiceProviderName from focus_charges_1_4 order by all"
for number, (provider,) in enumerate(con.execute(query).fetchall()):
    rows = con.sql("from focus_charges_1_4 where ServiceProviderName = ?", params=[provider])
    rows.write_parquet(f"{sys.argv[2]}/cost-and-usage.{number}.parquet")
con.sql("from focus_billing_periods").write_parquet(f"{sys.argv[2]}/billing-period.0.parquet")
"""


def main(arguments: list[str]) -> int:
    """`ENVIRONMENT PUBLISHED`: validate what is published; 0 if all is as it is known to be."""
    environment, published = (Path(argument).resolve() for argument in arguments)
    folders = sorted(path for path in published.glob("focus/*") if path.is_dir())
    if not folders:
        print(f"{published} has no FOCUS files: run `cloudbill demo` first.")
        return 1
    if not (environment / "bin" / "focus-validator").exists():
        python = find_python()
        if not python:
            print(
                f"SKIPPED: the FOCUS validator needs Python {OLDEST[0]}.{OLDEST[1]} or newer, and"
                " none was found; install one, or name it in FOCUS_PYTHON."
            )
            return 0
        install(python, environment)
    return max(*(check(environment, folder) for folder in folders), lint(environment, published))


def find_python() -> str | None:
    """The first interpreter that is new enough: FOCUS_PYTHON, on the path, of pyenv or of uv."""
    names = [f"python3.{minor}" for minor in range(OLDEST[1], 15)]
    candidates = [os.environ.get("FOCUS_PYTHON"), *map(shutil.which, names), sys.executable]
    candidates += map(str, sorted(Path.home().glob(".pyenv/versions/3.*/bin/python")))
    if uv := shutil.which("uv"):
        candidates.append(run(uv, "python", "find", f">={OLDEST[0]}.{OLDEST[1]}").stdout.strip())
    test = f"import sys; sys.exit(sys.version_info < {OLDEST} or sys.version_info >= (3, 15))"
    for python in filter(None, candidates):
        if Path(python).exists() and run(python, "-c", test).returncode == 0:
            return python
    return None


def install(python: str, environment: Path) -> None:
    """Make the validator's environment."""
    subprocess.run([python, "-m", "venv", str(environment)], check=True)
    pip = [str(environment / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *REQUIREMENTS], check=True)


def check(environment: Path, file: Path) -> int:
    """Compare what fails with what is known to, both ways."""
    report = validate(environment, file)
    summary = re.search(r"Total: \d+ \|.*", report)
    if not summary:
        print(f"{file.name}: the validator gave no result:\n{report[-2000:]}")
        return 1
    # The validator's exit code is 0 whatever fails.
    failed = set(re.findall(r"❌ (\S+?):", report))
    print(f"{file.name}: {summary[0]}")
    for rule in sorted(failed - EXPECTED.keys()):
        reason = re.search(rf"❌ {re.escape(rule)}: (.*)", report)
        print(f"  fails: {rule} {reason[1] if reason else ''}")
    for rule in sorted(EXPECTED.keys() - failed):
        print(f"  passes now: {rule} ({EXPECTED[rule]}); take it off the list")
    return int(failed != EXPECTED.keys())


def validate(environment: Path, provider: Path) -> str:
    """What the validator prints; it opens its list of currencies relative to the working folder."""
    with tempfile.TemporaryDirectory() as folder:
        rules = next(environment.glob("lib/python*/site-packages/focus_validator/rules"))
        (Path(folder) / "focus_validator").mkdir()
        (Path(folder) / "focus_validator" / "rules").symlink_to(rules)
        file = Path(folder) / f"{provider.name}.parquet"
        joined = run(environment / "bin" / "python", "-c", JOIN, provider, file)
        if joined.returncode:
            return joined.stderr
        validator = environment / "bin" / "focus-validator"
        options = ["--validate-version", "1.2", "--applicability-criteria", "ALL"]
        done = run(validator, "--block-download", "--data-file", file, *options, folder=folder)
    return done.stdout + done.stderr


def lint(environment: Path, published: Path) -> int:
    """Lint the views of FOCUS 1.4."""
    toolkit, python = (environment / "bin" / name for name in ("focus-toolkit", "python"))
    code = 0
    with tempfile.TemporaryDirectory() as folder:
        copied = run(python, "-c", COPY_1_4, published / "cloudbill.duckdb", folder)
        if copied.returncode:
            print(copied.stderr)
            return 1
        for file in sorted(Path(folder).iterdir()):
            dataset = file.name.split(".")[0]
            done = run(toolkit, "validate", "--dataset", dataset, file)
            told = (done.stdout + done.stderr).strip().splitlines()
            passed = done.returncode == 0 and "lint OK" in told[0]
            print(f"FOCUS 1.4 {dataset}:", "lint OK" if passed else "\n  ".join(told[:20]))
            code = max(code, int(not passed))
    return code


def run(*command: str | Path, folder: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, whatever it returns."""
    words = list(map(str, command))
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
