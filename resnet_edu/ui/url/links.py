"""The URL is the state of a page: every choice is read from it and written back to it."""

from collections.abc import Collection, Mapping

import streamlit as st


def linked(name: str, options: Collection[str], default: str) -> str:
    """The choice in the URL if it is one of the options, else the default."""
    value = st.query_params.get(name, default)
    return value if value in options else default


def is_unknown(name: str, options: Collection[str]) -> bool:
    """Whether the URL asks for something that isn't there, so that the page can say so."""
    return name in st.query_params and st.query_params[name] not in options


def remember(name: str) -> None:
    """A widget's ``on_change``: put the value of the widget whose key is ``name`` into the URL."""
    choose(name, st.session_state[name])


def choose(name: str, value: str) -> None:
    """Put a choice into the URL."""
    st.query_params[name] = value


def segmented(name: str, label: str, titles: Mapping[str, str], default: str) -> str:
    """One of a few options as buttons in a row; ``titles`` are in the reader's language, the URL has the option."""
    st.session_state[name] = value = linked(name, titles, default)
    st.segmented_control(
        label,
        list(titles),
        format_func=titles.__getitem__,
        key=name,
        required=True,
        label_visibility="collapsed",
        on_change=remember,
        args=(name,),
    )
    return value


def keep_in_address() -> None:
    """Show the parameters in the browser's address: a link to the page on which it stands only sets them."""
    if st.query_params:
        st.query_params.from_dict(st.query_params.to_dict())
