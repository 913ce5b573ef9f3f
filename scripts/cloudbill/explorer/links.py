"""The page's link: it holds all choices, and the browser's Back brings those of before."""

from __future__ import annotations

import streamlit as st

# What the page wrote into its link last, what it is about to write, and whether a widget was used.
LINK, WANTED, TOUCHED = "written link", "wanted link", "touched"


def begin() -> None:
    """Take the choices from the link if it is not the one that was written: someone went back.

    Not when a widget was used: a click may come before the browser has the link of the run before.
    """
    link = {key: st.query_params.get_all(key) for key in st.query_params}
    written = st.session_state.get(LINK)
    if not st.session_state.pop(TOUCHED, False) and written is not None and written != link:
        for key in [*written, *link]:
            st.session_state.pop(key, None)
    st.session_state[WANTED] = {}


def end() -> None:
    """Write all choices into the link at once, so that they are one step of the history."""
    wanted = st.session_state[WANTED]
    st.session_state[LINK] = wanted
    if {key: st.query_params.get_all(key) for key in st.query_params} != wanted:
        st.query_params.from_dict(wanted)


def remember(key: str, value: object) -> None:
    """Note a picked value for the link."""
    values = [str(part) for part in value] if isinstance(value, tuple | list) else [str(value)]
    if value is not None and values:
        st.session_state[WANTED][key] = values


def touched() -> None:
    """Note that a widget was used."""
    st.session_state[TOUCHED] = True
