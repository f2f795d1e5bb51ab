"""Light or dark: charts are drawn anew when the visitor turns to the other on an open page.

Streamlit 1.67 puts a theme's colours into a chart once, when it is first drawn, and tells the page
of another theme only with the next run. So a few lines in the browser ask for that run, and a
chart of the other theme is another chart.
"""

import streamlit as st

WATCH = """
export default function ({ setTriggerValue }) {
  const app = document.querySelector(".stApp")
  const look = () => {
    const ground = getComputedStyle(app).backgroundColor
    const before = window.sigmaGround
    window.sigmaGround = ground
    if (before && before !== ground) setTriggerValue("ground", ground)
  }
  look()
  const watch = new MutationObserver(look)
  watch.observe(app, { attributes: true, attributeFilter: ["class"] })
  return () => watch.disconnect()
}
"""


def follow() -> None:
    """Run the page again when its ground changes; draws nothing."""
    st.components.v2.component("theme", js=WATCH)(key="theme", height=0, on_ground_change=_again)


def now() -> str:
    """Light or dark, as the browser said when it asked for this run."""
    return str(st.context.theme.type)


def _again() -> None:
    """The run itself is what is wanted."""
