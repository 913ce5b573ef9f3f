"""Small lists beside the bills: nodes, prices, subscriptions, reservations."""
