"""Where in a file something was found that is not fit: the words of every refusal at the door."""

from typing import NoReturn

import numpy as np
import pandas as pd

from sigma_core.errors import QualityError, in_line


class Place:
    """A file's name and its stamps as they stand, indexed by their place in the file; `column` is
    what we call them."""

    def __init__(self, name: str, stamps: pd.Series, column: str = "ts") -> None:
        self.name = name
        self.column = column
        self._stamps = stamps

    @property
    def yaml(self) -> str:
        """The name of the YAML that describes the file."""
        return self.name.removesuffix(".gz").rpartition(".")[0] + ".yaml"

    def refuse(self, at: int, words: str, hint: str) -> NoReturn:
        """Raises QualityError: the file, the row (counted from 1, without a header), its stamp."""
        row, stamp = self._stamps.index[at] + 1, in_line(self._stamps.iloc[at])
        raise QualityError(f"{self.name}, row {row} ({stamp}): {words}.", hint=hint)

    def refuse_first(self, wrong: np.ndarray, words: str, hint: str) -> None:
        """`refuse` at the first row that is wrong, if any is."""
        if wrong.any():
            self.refuse(int(wrong.argmax()), words, hint)
