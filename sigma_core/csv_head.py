"""The first line of a CSV that somebody brings, and the last: whether the rest can be read."""

import csv
import gzip
from collections import deque
from pathlib import Path

from sigma_core.errors import QualityError, shown

LONGEST = 100_000
"""Letters of the first line that are looked at."""


def refuse_head(path: Path) -> None:
    """Raises QualityError for a CSV of other signs than commas, or that names a column twice."""
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
            first = file.readline(LONGEST)
    except UnicodeDecodeError as broken:
        raise QualityError(f"{path.name} is no text in UTF-8.", hint="Save it as such.") from broken
    except (OSError, EOFError):
        return  # who reads it all says why
    if "," not in first and (sign := next((one for one in ";\t|" if one in first), None)):
        raise QualityError(
            f"{path.name} has {sign!r} between its columns, no comma.",
            hint="Export it with commas between columns and points in numbers, or as Parquet.",
        )
    names = [name.strip().lower() for name in next(csv.reader([first]), []) if name.strip()]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise QualityError(
            f"{path.name} has two columns called {shown(twice)}.",
            hint="Leave one of them out: nobody can tell which is meant.",
        )


def refuse_tail(path: Path) -> None:
    """Raises QualityError for a CSV that ends within a row: its last price may be half a number."""
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8", errors="replace", newline="") as file:
            ends = deque((line for line in file if line.strip()), maxlen=2)
        above, last = [0, 0, *(len(row) for row in csv.reader(ends))][-2:]
    except (OSError, EOFError, csv.Error):
        return  # who reads it all says why
    if last < above:
        raise QualityError(
            f"{path.name} ends within a row: {shown(ends[-1].strip())} has {last} cells, the line"
            f" above it {above}.",
            hint="It is cut off: export it again, or take that line out.",
        )
