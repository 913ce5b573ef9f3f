"""Reconciliation: every bill, its totals, its restatements, and whether it ties out."""

import streamlit as st

from cloudbill.explorer import formats, pickers
from cloudbill.explorer.data import exact, rows, table_or_stop
from cloudbill.read.filters import Query
from cloudbill.safe import markdown

OK = "background-color: rgba(0, 158, 115, 0.22)"
LOOK = "background-color: rgba(230, 159, 0, 0.30)"


def show() -> None:
    """Draw the page."""
    table_or_stop("bill_reconciliation", "No bill is loaded.")
    st.markdown(
        "Every bill is added up as delivered and as reported. **Billed** must agree to the last"
        " digit; **amortized** may differ by what amortization moves between periods (explained);"
        " an **invoice** that bills.yml names is compared with all bills of its account and month."
    )
    held_back()
    currency = pickers.currency("bill_reconciliation", "in_bill")
    bills = exact(
        Query(
            "select coalesce(export_name, billing_account_id) as bill, billing_period as period,"
            " provider, measure, line_count as lines, in_bill, in_charges, difference, explained,"
            " difference - explained as unexplained, status"
            " from bill_reconciliation where billing_currency is not distinct from ?"
            " order by status = 'ok', period desc, bill, measure",
            [currency],
        )
    )
    checks, fine = len(bills), int((bills["status"] == "ok").sum())
    billed = bills[bills["measure"] == "billed"]
    row = formats.cards()
    row.metric("Checks that tie out", f"{fine} of {checks}", border=True)
    row.metric("In the bills", formats.money(billed["in_bill"].sum(), currency), border=True)
    row.metric("In the reports", formats.money(billed["in_charges"].sum(), currency), border=True)
    if fine == checks:
        st.success("Every bill ties out.", icon=":material/check_circle:")
    else:
        st.warning(
            f"{checks - fine} of {checks} checks do not tie out; their status says why.",
            icon=":material/error:",
        )
    formats.table(
        bills,
        "bill-reconciliation",
        dict.fromkeys(("in_bill", "in_charges", "explained"), "{:,.2f}")
        | {"difference": "{:+,.2f}", "unexplained": "{:+,.6f}", "lines": "{:,}"},
        styles={"status": lambda status: OK if status == "ok" else LOOK},
    )
    gaps()
    restatements(currency)


def held_back() -> None:
    """Show which bills are held back, why, and what is shown instead."""
    if "held_bills" not in set(rows("select table_name from duckdb_tables()")["table_name"]):
        return
    found = exact(
        "select export_names as bill, billing_period as period, rule, row_count as rows, cost,"
        " billing_currency as currency, loaded_at as held_since, shown_loaded_at as shown_version"
        " from held_bills order by all"
    )
    if found.empty:
        return
    st.error(
        "Bills are held back: what they hold cannot be right beside the rest. Reports have the"
        " version of before, or nothing of them.",
        icon=":material/block:",
    )
    formats.table(
        found,
        "held-bills",
        {"cost": "{:+,.6f}", "rows": "{:,}"}
        | dict.fromkeys(("held_since", "shown_version"), "{:%Y-%m-%d %H:%M}"),
    )


def gaps() -> None:
    """Show what seems to be missing of the bills."""
    st.subheader("Gaps")
    if "bill_gaps" not in set(rows("select table_name from duckdb_tables()")["table_name"]):
        st.caption("This publication does not tell gaps.")
        return
    found = exact(
        "select coalesce(sub_account_id, billing_account_id, export_name, scope) as missing_of,"
        " covered as what, dataset, scope, gap, gap_start as first_day, gap_end as last_day,"
        " cost_before, billing_currency as currency from bill_gaps"
        " order by gap = 'stopped', gap_end desc, gap_start desc limit 1000"
    )
    if found.empty:
        st.caption("No bill, no day of one and no account seems to be missing.")
        return
    st.caption(
        "A bill that never came adds up to nothing, and all ties out: what is around it tells."
        " The cost is that of the billing period before."
    )
    formats.table(
        found,
        "bill-gaps",
        {"cost_before": "{:,.2f}", "first_day": "{:%Y-%m-%d}", "last_day": "{:%Y-%m-%d}"},
    )


def restatements(currency: str | None) -> None:
    """Show what providers changed in bills that were already loaded."""
    st.subheader("Restatements")
    if "bill_restatements" not in set(rows("select table_name from duckdb_tables()")["table_name"]):
        st.caption("This publication keeps no restatements.")
        return
    found = exact(
        Query(
            "select loaded_at, export_name as bill, billing_period as period, service_name,"
            " cost_before, cost_after, change from bill_restatements"
            " where billing_currency is not distinct from ? order by loaded_at desc,"
            " abs(change) desc limit 1000",
            [currency],
        )
    )
    if found.empty:
        label = markdown(formats.currency_label(currency or formats.UNKNOWN))
        st.caption(f"No bill in {label} has changed since it was first loaded.")
        return
    st.caption("What a later delivery of a bill changed; a closed month that moves was restated.")
    formats.table(
        found,
        "bill-restatements",
        dict.fromkeys(("cost_before", "cost_after"), "{:,.2f}")
        | {"change": "{:+,.2f}", "loaded_at": "{:%Y-%m-%d %H:%M}"},
    )
