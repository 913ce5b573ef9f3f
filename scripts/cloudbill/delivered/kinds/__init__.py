"""Kinds of exports: where their bills are, and how they spell their columns."""

from collections.abc import Callable
from dataclasses import dataclass

from cloudbill.delivered.files import Found, Listing
from cloudbill.delivered.kinds import aws_cur, azure_cost, focus, gcp_billing


@dataclass(frozen=True)
class Kind:
    """What the loader asks of a kind of export; one module each."""

    find_bills: Callable[[Listing, str | None], Found]
    """The current version of each bill at a location, of the dataset that bills.yml states."""
    column: Callable[[str], tuple[str, str | None]]
    """Column of the lake for a delivered header, and the key when it folds into a map."""
    map_key: Callable[[str], str] | None = None
    """SQL that gives keys of delivered maps one spelling, if they can have several."""
    bill_columns: tuple[str, ...] = ()
    """Columns whose UTC day is the bill's key; without any, the billing period is."""
    derived: Callable[[str, str, str], dict[str, str]] = lambda header, sql, shape: {}
    """Further columns, as SQL by name, that follow from a delivered one."""
    month: Callable[[str], str] = lambda time: f"strftime({time}, '%Y-%m')"
    """SQL of the billing period of a time, for lines that do not state theirs."""
    absent: str | None = None
    """Text that stands for an absent value, beside the empty one."""
    dataset: str = ""
    """SQL that tells from the rows what an export is of, where it can be of several things."""
    dataset_columns: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    """Columns that can name the account that used what a line is for; the first that does."""
    payers: tuple[str, ...] = ()
    """Columns that can name the account that pays."""
    charge: tuple[str, ...] = ()
    """Columns that, with account and day, say what a line is for in every export of it."""


KINDS = {
    "aws_cur": Kind(
        aws_cur.find_bills,
        aws_cur.column,
        map_key=aws_cur.map_key,
        owners=aws_cur.OWNERS,
        payers=aws_cur.PAYERS,
        charge=aws_cur.CHARGE,
    ),
    "azure_cost": Kind(
        azure_cost.find_bills,
        azure_cost.column,
        dataset=azure_cost.DATASET,
        dataset_columns=azure_cost.DATASET_COLUMNS,
        owners=azure_cost.OWNERS,
        payers=azure_cost.PAYERS,
        charge=azure_cost.CHARGE,
    ),
    "gcp_billing": Kind(
        gcp_billing.find_bills,
        gcp_billing.column,
        bill_columns=gcp_billing.INGESTION_TIMES,
        derived=gcp_billing.derived,
        month=gcp_billing.month_of,
        owners=gcp_billing.OWNERS,
        payers=gcp_billing.PAYERS,
        charge=gcp_billing.CHARGE,
    ),
    "focus": Kind(
        focus.find_bills,
        focus.column,
        absent=focus.ABSENT,
        owners=focus.OWNERS,
        payers=focus.PAYERS,
        charge=focus.CHARGE,
    ),
}
