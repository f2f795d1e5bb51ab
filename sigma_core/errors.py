"""Every error a user can cause or mend.

Each carries a stable `code` (for the API and the tests), a message that says what is wrong with
the actual values in it, and a `hint` that says what to do next. Anything else that is raised is
a bug and travels up untouched.
"""

from collections.abc import Iterable
from difflib import get_close_matches

LONG = 100
"""Letters of a value that a sentence shows at most."""


class SigmaError(Exception):
    """Root of all errors shown to a user."""

    code = "sigma_error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UnknownName(SigmaError):
    """A pack, model, indicator, label, provider or file of that name does not exist."""

    code = "unknown_name"

    def __init__(self, kind: str, name: str, known: Iterable[str], *, hint: str = "") -> None:
        super().__init__(f"No {kind} is called {shown(name)}.", hint=hint or meant(name, known))


class BadRequest(SigmaError):
    """A field is missing, misspelt or out of range, or cannot be done with this data."""

    code = "bad_request"


class QualityError(SigmaError):
    """Bars, a matrix or any other table is not fit to be used."""

    code = "quality"


class Damaged(SigmaError):
    """A file of the lake does not hold what was written to it."""

    code = "damaged"


class Outdated(Damaged):
    """A file of the lake is whole, but of a version that knew less than today's."""

    code = "outdated"


class Cancelled(SigmaError):
    """The user stopped the work."""

    code = "cancelled"


def shown(value: object) -> str:
    """A value as a sentence shows it: a long one cut off."""
    text = repr(value)
    return text if len(text) <= LONG else f"{text[:LONG]}…"


def in_line(value: object) -> str:
    r"""A text as a sentence shows it without quotes: its control signs written out, and not long.

    >>> in_line("da\nte")
    'da\\nte'
    """
    text = repr(str(value))[1:-1]
    return text if len(text) <= LONG else f"{text[:LONG]}…"


def meant(name: str, known: Iterable[str]) -> str:
    """A hint that names what was probably meant, or else what there is."""
    names = sorted(known)
    lower = {known.lower(): known for known in names}
    close = [lower[one] for one in get_close_matches(name.lower(), lower, n=3, cutoff=0.5)]
    if close:
        return f"Did you mean {', '.join(close)}?"
    shown = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
    return f"Known: {shown}." if names else ""
