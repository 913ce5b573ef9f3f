"""Plain dbt is enough: whatever of the rules is edited, what differs is made anew, and all else stays.

Each edit is made in a copy of the project and built by dbt itself; then every table is what a full
refresh of the edited project gives. An edit taken back gives the tables of before.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from demos import Demo, copy_project, run_plain_dbt

from cloudbill.compare import compare

RUN = ("build", "--exclude-resource-type", "test", "unit_test")
GCP = "models/intermediate/charges/int_gcp__charges.sql"
# One of each kind: the file, what stands in it, what stands there instead.
EDITS = {
    "model": ("models/marts/cloud_costs/cloud_costs.sql", "cast(is_kubernetes as", "2 * cast(is_kubernetes as"),
    "view": (GCP, "'Google Cloud' as provider", "'Google' as provider"),
    "macro": ("macros/money.sql", "", ""),
    "seed": ("seeds/service_categories.csv", "Compute", "Other"),
    "variable": ("dbt_project.yml", "node_price_window_days: 30", "node_price_window_days: 3"),
}
