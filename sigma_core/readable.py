"""Whether what stands under a name is a file at all: no folder, no pipe, no link to nowhere."""

import os
from pathlib import Path
from stat import S_ISREG

from sigma_core.errors import BadRequest


def readable(file: Path, *, named: str) -> os.stat_result:
    """How a file stands that may be read; `named` is how errors call it.

    Raises BadRequest for anything else. A pipe would be waited at for ever.
    """
    try:
        found = file.stat()
        why = "" if S_ISREG(found.st_mode) else "it is a folder, a pipe or a device"
        why = why or ("" if os.access(file, os.R_OK) else "it may not be read by this user")
    except OSError as error:
        why = f"{error.strerror}"
    if why:
        raise BadRequest(
            f"{named} cannot be read: {why}.",
            hint="Put a file of that name in its place, or take it away.",
        )
    return found
