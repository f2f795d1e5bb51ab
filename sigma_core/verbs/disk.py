"""What the lake takes on the disk."""

import shutil

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.lakestate import Disk, DiskUse
from sigma_core.lab import Lab
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._kept import files_under
from sigma_core.verbs._text import columns, count


@dataclass(frozen=True, kw_only=True, config=NOUN)
class DiskAsk:
    """All of the lake: there is nothing to choose."""


def screen(found: DiskUse) -> str:
    """One line a table or folder, the largest first."""
    rows = [(part.name, count(part.files), f"{part.size / 1e6:,.1f}") for part in found.parts]
    table = columns(rows, ("part", "files", "MB")) if rows else "The lake is empty."
    return f"{table}\n\n{found.size / 1e6:,.1f} MB in all, {found.free / 1e9:,.1f} GB free"


@verb("GET", "/disk", table=screen)
def disk(lab: Lab, ask: DiskAsk, progress: Progress = silent) -> DiskUse:  # noqa: ARG001
    """Say how much disk each table of the lake takes, and how much is free."""
    root = lab.lake.root
    folders = sorted(each for each in root.iterdir() if each.is_dir()) if root.is_dir() else []
    sizes = {each.name: [file.stat().st_size for file in files_under(each)] for each in folders}
    parts = [Disk(name=name, files=len(s), size=sum(s)) for name, s in sizes.items() if s]
    there = next(each for each in (root, *root.absolute().parents) if each.exists())
    return DiskUse(
        parts=tuple(sorted(parts, key=lambda part: -part.size)),
        size=sum(part.size for part in parts),
        free=shutil.disk_usage(there).free,
    )
