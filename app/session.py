"""What the dashboard holds on to: the lab (one per process), the cart (one per visitor)."""

from functools import cache
from typing import Any, TypeVar

import streamlit as st

from sigma_core.lab import Lab
from sigma_core.parse import parse

T = TypeVar("T")
CART = "cart"


@cache
def lab() -> Lab:
    """The lab of this process."""
    return Lab.here()


def ask(noun: type[T], **given: Any) -> T:
    """What a verb is asked, from what stands in the widgets; an empty field keeps its default.

    Raises BadRequest in the words a shell would get, where the noun alone would raise a bug.
    """
    return parse(noun, {name: value for name, value in given.items() if value not in (None, "")})


def cart() -> tuple[str, ...]:
    """Ids of the trials this visitor has chosen to train, in the order of choosing.

    They stand in the address of the page, so that a reload keeps them and no other visitor has
    them.
    """
    return tuple(st.session_state.get(CART, ()))


def put_into_cart(*trial_ids: str) -> None:
    """Add trials; those that are in it stay where they are."""
    st.session_state[CART] = tuple(dict.fromkeys((*cart(), *trial_ids)))


def take_from_cart(*trial_ids: str) -> None:
    """Take trials out."""
    st.session_state[CART] = tuple(each for each in cart() if each not in trial_ids)


def keep_cart() -> None:
    """Read the cart from the address when a visit begins, and write it there ever after."""
    if CART not in st.session_state:
        st.session_state[CART] = tuple(filter(None, st.query_params.get(CART, "").split(",")))
    if cart():
        st.query_params[CART] = ",".join(cart())
    elif CART in st.query_params:
        del st.query_params[CART]
