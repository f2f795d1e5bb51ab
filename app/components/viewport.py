"""Whether the page is shown on a phone: a table whose middle matters shows less of its ends there.

Streamlit lays rows out by width and tells Python nothing of it, and a table scrolls instead. So a
few lines in the browser say on which side of Streamlit's own width for phones it is.
"""

import streamlit as st

WATCH = """
export default function ({ data, setStateValue }) {
  const phone = window.matchMedia("(max-width: 640px)")
  const tell = () => {
    if (data.narrow !== phone.matches) setStateValue("narrow", phone.matches)
  }
  tell()
  phone.addEventListener("change", tell)
  return () => phone.removeEventListener("change", tell)
}
"""
KEY = "viewport"


def narrow() -> bool:
    """Whether the window was a phone's at the last run; False until the browser has said so."""
    known = bool(dict(st.session_state.get(KEY, {})).get("narrow", False))
    found = st.components.v2.component(KEY, js=WATCH)(
        key=KEY, data={"narrow": known}, default={"narrow": known}, height=0,
        on_narrow_change=_again,
    )  # fmt: skip
    return bool(found.narrow)


def _again() -> None:
    """The run itself is what is wanted."""
