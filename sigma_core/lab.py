"""A lab: the few things every verb needs, in one value that is handed down."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from sigma_core.lake import Lake
from sigma_core.ledger import Ledger


@dataclass(frozen=True)
class Lab:
    """Where packs, lake and the user's own files are, and what time it is."""

    packs: Path
    lake: Lake
    files: Path | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @cached_property
    def ledger(self) -> Ledger:
        """Every trial that was ever made in this lake."""
        return Ledger(self.lake.root / "ledger")

    @classmethod
    def here(cls) -> "Lab":
        """The lab of this process: SIGMA_LAKE, SIGMA_PACKS and SIGMA_FILES, or the folder's own."""
        files = os.environ.get("SIGMA_FILES")
        return cls(
            packs=Path(os.environ.get("SIGMA_PACKS", "packs")),
            lake=Lake(Path(os.environ.get("SIGMA_LAKE", "lake"))),
            files=Path(files) if files else None,
        )
