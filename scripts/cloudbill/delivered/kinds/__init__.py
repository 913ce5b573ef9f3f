"""Kinds of exports: where their bills are, and how they spell their columns."""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from cloudbill.delivered.files import Found, Listing
from cloudbill.delivered.kinds import aws_cur, azure_cost, focus, gcp_billing


@dataclass(frozen=True)
class Kind:
    """What the loader asks of a kind of export; one module each."""

    find_bills: Callable[[Listing, str | None], Found]
    """The current version of each bill at a location, of the dataset that bills.yml states."""
    column: Callable[[str], tuple[str, str | None]]
    """Column of the lake for a delivered header, and the key when it folds into a map."""
    spell: tuple[Callable[[str], str], Callable[[str], str]] | None = None
    """What gives keys of tags one spelling, if they can have several: in SQL and in Python."""
    are_listed: bool = False
    """Whether maps are delivered as lists of pairs, so that one pair may stand for a list."""
    unfolded: frozenset[str] = frozenset()
    """Maps whose keys stay columns where they are delivered as such."""
    bill_columns: tuple[str, ...] = ()
    """Columns whose UTC day is the bill's key; without any, the billing period is."""
    addition_times: tuple[str, ...] = ()
    """Columns with the time at which a line was added to the export, which no extract changes."""
    derived: Callable[[str, str], dict[str, str]] = lambda name, sql: {}
    """Further columns, as SQL by name, that follow from one of the lake."""
    month: Callable[[str], str] = lambda time: f"strftime({time}, '%Y-%m')"
    """SQL of the billing period of a time, for lines that do not state theirs."""
    dataset: str = ""
    """SQL that tells from the rows what an export is of, where it can be of several things."""
    dataset_columns: tuple[str, ...] = ()
    usage: str = "true"
    """SQL of the lines that every one of these things has."""
    telling: str = "false"
    """SQL of those that only one of them has."""
    owners: tuple[str, ...] = ()
    """Columns that can name the account that used what a line is for; the first that does."""
    payers: tuple[str, ...] = ()
    """Columns that can name the account that pays."""
    account: Callable[[str], str] = lambda sql: sql
    """SQL of an account as its provider spells it, whatever a program made of it."""
    charge: tuple[str, ...] = ()
    """Columns that, with account and day, say what a line is for in every export of it."""
    resources: tuple[str, ...] = ()
    """Those of them that name the resource, which the detailed one of two exports has."""
    ends: tuple[str, ...] = ()
    """Columns with the time at which what a line is for ends."""


def _kind(module: ModuleType, **peculiar: Any) -> Kind:
    """What all modules say, and what is peculiar to one."""
    return Kind(
        module.find_bills,
        module.column,
        owners=module.OWNERS,
        payers=module.PAYERS,
        charge=module.CHARGE,
        resources=module.RESOURCES,
        ends=module.ENDS,
        **peculiar,
    )


KINDS = {
    "aws_cur": _kind(
        aws_cur,
        account=aws_cur.account,
        spell=(aws_cur.map_key, aws_cur.key_name),
        unfolded=aws_cur.UNFOLDED,
        derived=aws_cur.derived,
    ),
    "azure_cost": _kind(
        azure_cost,
        dataset=azure_cost.DATASET,
        dataset_columns=azure_cost.DATASET_COLUMNS,
        usage=azure_cost.USAGE,
        telling=azure_cost.TELLING,
    ),
    "gcp_billing": _kind(
        gcp_billing,
        bill_columns=gcp_billing.INGESTION_TIMES,
        addition_times=gcp_billing.ADDITION_TIMES,
        are_listed=True,
        derived=gcp_billing.derived,
        month=gcp_billing.month_of,
    ),
    "focus": _kind(focus),
}
