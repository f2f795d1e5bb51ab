"""The picture frame of every page: sign, menu, and the page itself."""

from pathlib import Path

import streamlit as st

from app.components import theme
from app.components.errors import told
from app.nav import pages
from app.session import keep_cart

HERE = Path(__file__).parent

st.set_page_config(
    page_title="Sigma Lab",
    page_icon=HERE / "icon.svg",  # a file: an icon's name would fetch a font from another host
    layout="wide",
    initial_sidebar_state=200,
    menu_items={"About": "Build, sweep, train, backtest and signal trading models, honestly."},
)
st.logo(HERE / "mark.svg", size="large", icon_image=HERE / "icon.svg")
keep_cart()
page = st.navigation(pages())
with st.sidebar:
    theme.follow()
with told():
    page.run()
