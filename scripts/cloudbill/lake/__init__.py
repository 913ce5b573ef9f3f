"""The landed bills: what comes in, what is replaced, what is known of them."""
