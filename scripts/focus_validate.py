"""The gate of FOCUS output: the official validator, whose failures must be exactly the known ones.

Run with any Python (`make focus-validate`); the validator has an environment of its own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

REQUIREMENTS = ["focus-validator==2.2.1", "pyarrow<25"]  # pyarrow 25 needs a newer numpy
OLDEST = (3, 12)

# Rules of model 1.2.0.1 that fail on any right data, and why; see also the FOCUS_Spec issues 1825,
# 1893 and 2421. A rule that fails besides these is our error; one that passes is repaired upstream.
NO_CONDITION = "compiled without its condition (only charges not on an invoice)"
EXPECTED = {
    "InvoiceId-C-004-C": f"{NO_CONDITION}; its opposite, C-005, is too, so that one always fails",
    "CommitmentDiscountStatus-C-004-C": "its condition is inverted (id IS NULL): contradicts C-003",
    "CapacityReservationStatus-C-004-C": "compiled without its condition: contradicts C-003",
    "CommitmentDiscountStatus-C-002-C": "rolls up C-004",
    "CommitmentDiscountStatus-C-000-C": "rolls up C-002",
    "CapacityReservationStatus-C-002-C": "rolls up C-004",
    "CapacityReservationStatus-C-000-C": "rolls up C-002",
    "CostAndUsage-D-002-M": "rolls up the columns",
    "CostAndUsage-D-000-M": "rolls up the dataset",
}


def main(arguments: list[str]) -> int:
    """Validate the files given, or every published one; the exit code tells whether all is as known."""
    if arguments[:1] == ["--setup"]:
        return setup(Path(arguments[1]))
    environment, *paths = map(Path, arguments)
    files = [file for path in paths for file in (sorted(path.glob("*.parquet")) or [path])]
    if not files or not all(file.is_file() for file in files):
        print("No FOCUS file to validate: run `cloudbill demo` first.")
        return 1
    if not (environment / "bin" / "focus-validator").exists():
        print(f"SKIPPED: the FOCUS validator needs Python {OLDEST[0]}.{OLDEST[1]} or newer,"
              " and none was found (install one, or set FOCUS_PYTHON).")  # fmt: skip
        return 0
    return max(check(environment.resolve(), file.resolve()) for file in files)


def setup(environment: Path) -> int:
    """Make the validator's environment with a Python that is new enough, if there is one."""
    if (environment / "bin" / "focus-validator").exists():
        return 0
    python = find_python()
    if not python:
        return 0
    subprocess.run([python, "-m", "venv", str(environment)], check=True)
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    return subprocess.run([*pip, "--disable-pip-version-check", *REQUIREMENTS]).returncode


def find_python() -> str | None:
    """The first interpreter that is new enough: FOCUS_PYTHON, on the path, of pyenv or of uv."""
    names = [f"python3.{minor}" for minor in range(OLDEST[1], 15)]
    candidates = [os.environ.get("FOCUS_PYTHON"), *map(shutil.which, names), sys.executable]
    candidates += map(str, sorted(Path.home().glob(".pyenv/versions/3.*/bin/python")))
    if uv := shutil.which("uv"):
        wanted = f">={OLDEST[0]}.{OLDEST[1]}"
        found = subprocess.run([uv, "python", "find", wanted], capture_output=True, text=True)
        candidates.append(found.stdout.strip())
    test = f"import sys; sys.exit(sys.version_info < {OLDEST} or sys.version_info >= (3, 15))"
    for python in filter(None, candidates):
        if Path(python).exists() and subprocess.run([python, "-c", test]).returncode == 0:
            return python
    return None


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


def validate(environment: Path, file: Path) -> str:
    """What the validator prints; it opens its list of currencies relative to the working folder."""
    with tempfile.TemporaryDirectory() as folder:
        rules = next(environment.glob("lib/python*/site-packages/focus_validator/rules"))
        (Path(folder) / "focus_validator").mkdir()
        (Path(folder) / "focus_validator" / "rules").symlink_to(rules)
        command = [str(environment / "bin" / "focus-validator"), "--block-download"]
        command += ["--validate-version", "1.2", "--applicability-criteria", "ALL"]
        command += ["--data-file", str(file)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return done.stdout + done.stderr


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
