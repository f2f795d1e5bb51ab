"""The menu, read from the files in pages/."""

import ast
from functools import cache
from pathlib import Path
from typing import NamedTuple

import streamlit as st

PAGES = Path(__file__).resolve().parents[1] / "pages"


class Entry(NamedTuple):
    """A line of the menu."""

    file: Path
    title: str
    icon: str
    says: str


@cache
def menu() -> tuple[Entry, ...]:
    """One entry per file, in file-name order.

    A page says what it is in the first line of its docstring: `Title | icon | one line`.
    """
    return tuple(_entry(file) for file in sorted(PAGES.glob("[0-9]*_*.py")))


def pages() -> list[st.Page]:
    """The menu as Streamlit wants it."""
    return [
        st.Page(entry.file, title=entry.title, icon=f":material/{entry.icon}:", help=entry.says)
        for entry in menu()
    ]


def path(title: str) -> Path:
    """The file of a page, by its title: for links from one page to another."""
    return next(entry.file for entry in menu() if entry.title == title)


def _entry(file: Path) -> Entry:
    doc = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    title, icon, says = doc.splitlines()[0].split(" | ")
    return Entry(file, title, icon, says)
