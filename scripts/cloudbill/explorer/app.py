"""The page that Streamlit runs: one address, whose parameters name the view and all its choices."""

from decimal import getcontext
from pathlib import Path

import streamlit as st

from cloudbill.explorer import links, pickers
from cloudbill.explorer.data import publication_or_stop
from cloudbill.explorer.views import (
    cloud_costs,
    clusters,
    commitments,
    node_prices,
    reconciliation,
    tags,
    vm_cost_report,
)

# Not st.navigation: a page opened by its own address makes the browser report missing files, and
# one address keeps currency, dates and providers from view to view.
VIEWS = {
    "Cloud costs": cloud_costs.show,
    "Clusters": clusters.show,
    "Tags": tags.show,
    "VM cost report": vm_cost_report.show,
    "Node prices": node_prices.show,
    "Commitments": commitments.show,
    "Reconciliation": reconciliation.show,
}

icon = Path(__file__).with_name("icon.png")
st.set_page_config(page_title="Cloudbill", page_icon=str(icon), layout="wide")
# Streamlit leaves room above for a toolbar that is not there, and much below.
st.html(
    "<style>.stMainBlockContainer{padding-top:1rem;padding-bottom:3rem}"
    " .stAppHeader{height:0;min-height:0}</style>"
)
# Totals of money are exact, as money is in the marts.
getcontext().prec = 38
links.begin()
view = pickers.toggles("View", "view", list(VIEWS), "Cloud costs", hide=True)
st.title(view)
publication_or_stop()
VIEWS[view]()
links.end()
