"""Which process this is, and whether another one still runs."""

import os
from pathlib import Path

PROC = Path("/proc")


def ticks_of(pid: int) -> int:
    """When a process started, in the machine's clock ticks; 0 if it is gone or no one can tell.

    Together with the number this names a process for good: numbers are given out again.
    """
    fields = _stat(pid)
    return int(fields[19]) if fields else 0


def alive(pid: int, ticks: int) -> bool:
    """Whether the process of that number and start still runs; one that has ended does not."""
    if pid <= 0:
        return False
    if not PROC.is_dir():  # not Linux: the number alone must do
        return _answers(pid)
    fields = _stat(pid)
    return bool(fields) and int(fields[19]) == ticks and fields[0] not in "ZX"


def _stat(pid: int) -> list[str]:
    """Fields of /proc/<pid>/stat from the state on; empty if there is no such process."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
