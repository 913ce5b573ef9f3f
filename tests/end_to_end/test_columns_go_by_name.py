"""Columns are taken by their names: the order in which a model writes them moves no money."""

import re
from pathlib import Path

import pytest
from demos import copy_of_project, run_dbt

from cloudbill.compare import compare

CHARGES = Path("models/intermediate/charges")
# Two columns of one type for each model, one of them money that a report shows.
EXCHANGED = {
    "int_aws__charges": ("net_cost as invoiced_cost", "list_cost as public_list_cost"),
    "int_azure__charges": ("subscription_id as sub_account_id", "resource_id"),
    "int_gcp__charges": (
        "cast(lines.list_cost as decimal(38, 18)) as list_cost",
        "cast(lines.public_list_cost as decimal(38, 18)) as public_list_cost",
    ),
    "int_focus__charges": (
        "coalesce(stated_net_cost, billed_cost) as net_cost",
        "coalesce(stated_amortized_cost, effective_cost) as amortized_cost",
    ),
    "int_gcp__amortized_lines": ("cost as list_cost", "cost + credits_cost as net_cost"),
    "int_aws__amounts": ("lines.unblended_cost as to_amortize", "lines.lacks_cost"),
}


def exchange(file: Path, one: str, other: str) -> None:
    """Exchange two lines of a model's last CTE that has them."""
    before = file.read_text()
    head, tail = (
        before.rsplit(one + ",\n", 1)
        if before.rfind(one) < before.rfind(other)
        else (before.rsplit(other + ",\n", 1))
    )
    pass
