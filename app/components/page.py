"""The frame of a page: its head, its empty state."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.nav import path


def head(title: str, says: str) -> DeltaGenerator:
    """Title and one line on the left; what is drawn into the answer stands on the right."""
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        with st.container(gap=None, width="content"):
            st.title(title, anchor=False)
            st.caption(says)
        return st.container(
            horizontal=True,
            width="content",
            vertical_alignment="center",
            horizontal_alignment="right",
        )


def section(title: str, says: str = "") -> None:
    """A heading inside a page, with a muted line beside it."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.subheader(title, anchor=False, width="content")
        if says:
            st.caption(says, width="content")


@contextmanager
def empty(title: str, says: str, icon: str) -> Iterator[None]:
    """What stands where there is nothing yet: what it is, why, and the one thing to do."""
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.space("small")
        st.subheader(f":gray[:material/{icon}:] {title}", anchor=False, width="content")
        with st.container(width=520):  # a line longer than 70 letters is hard to read
            st.markdown(f":gray[{says}]", text_alignment="center")
        with st.container(
            horizontal=True, horizontal_alignment="center", vertical_alignment="center"
        ):
            yield
        st.space("small")


def link(title: str, words: str = "", icon: str = "", **where: str) -> None:
    """A link to another page, by its title; `where` are its query parameters."""
    st.page_link(
        path(title),
        label=words or title,
        icon=f":material/{icon}:" if icon else None,
        query_params=where or None,
    )


def facts(rows: Sequence[tuple[str, str, str]], *, columns: int = 4, width: int = 150) -> None:
    """Numbers on cards: what, how much, and what to hold it against."""
    with st.grid(columns, min_column_width=width, gap="xsmall"):
        for label, value, beside in rows:
            st.metric(label, value, beside, delta_color="off", delta_arrow="off", border=True)
