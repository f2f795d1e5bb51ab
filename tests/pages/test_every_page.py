"""Laws that every page obeys. A new file in pages/ is tested by being there."""

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.nav import PAGES, menu

FILES = sorted(PAGES.glob("[0-9]*_*.py"))


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
def file(request: pytest.FixtureRequest) -> Path:
    return request.param


def test_opens_on_an_empty_lake(file: Path, open_page: Callable[..., AppTest]) -> None:
    at = open_page(file.stem)

    assert not at.exception
    assert not at.error
    assert at.title[0].value == next(e.title for e in menu() if e.file.stem == file.stem)


def test_is_thin(file: Path) -> None:
    """A page that has grown past this wants a verb or a component."""
    assert len(file.read_text().splitlines()) <= 125


def test_draws_without_html(file: Path) -> None:
    """Everything is a native element: themes, keyboards and screen readers then work."""
    names = {
        node.attr
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute)
    }
    words = {
        node.arg for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.keyword)
    }

    assert "html" not in names
    assert "unsafe_allow_html" not in words
