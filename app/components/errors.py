"""Errors as a user sees them."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from app.components.numbers import spoken
from sigma_core.errors import SigmaError


@contextmanager
def told(*, stop: bool = True) -> Iterator[None]:
    """Show a SigmaError where it happens, and stop the page there; bugs go up untouched.

    With `stop=False` the rest of the page is still drawn: for one block among others.
    """
    try:
        yield
    except SigmaError as error:
        show(str(error), error.hint)
        if stop:
            st.stop()


def show(message: str, hint: str = "") -> None:
    """A sentence with the actual value, and what to do."""
    st.error(
        f"**{_literal(spoken(message))}**  \n{_literal(spoken(hint))}", icon=":material/error:"
    )


def _literal(text: str) -> str:
    r"""Text that a user typed may hold Markdown; it is shown as it is.

    >>> print(_literal("No model is called 'a_b*'"))
    No model is called 'a\_b\*'
    """
    for sign in "\\`*_[]$:#<>":
        text = text.replace(sign, f"\\{sign}")
    return text
