"""The page that Streamlit runs: navigation over the five views."""

import streamlit as st

from cloudbill.explorer.data import publication_or_stop
from cloudbill.explorer.views import (
    cloud_costs,
    commitments,
    node_prices,
    reconciliation,
    vm_cost_report,
)

VIEWS = (
    (cloud_costs, "Cloud costs", "cloud-costs", ":material/payments:"),
    (vm_cost_report, "VM cost report", "vm-cost-report", ":material/dns:"),
    (node_prices, "Node prices", "node-prices", ":material/hub:"),
    (commitments, "Commitments", "commitments", ":material/handshake:"),
    (reconciliation, "Reconciliation", "reconciliation", ":material/rule:"),
)

st.set_page_config(page_title="Cloudbill", page_icon=":material/receipt_long:", layout="wide")
page = st.navigation(
    [
        st.Page(view.show, title=title, url_path=path, icon=icon, default=not index)
        for index, (view, title, path, icon) in enumerate(VIEWS)
    ]
)
st.title(page.title)
publication_or_stop()
page.run()
