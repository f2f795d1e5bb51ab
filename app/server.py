"""Dashboard and HTTP API in one process on one port: `streamlit run app/server.py`."""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Mount

from app.session import lab
from sigma_core import jobs
from sigma_core.api import Names, create

app = st.App(
    Path(__file__).resolve().with_name("main.py"),
    routes=[Mount("/api", create(lab, desk=jobs))],
    middleware=[Middleware(Names, under="/api")],
)
