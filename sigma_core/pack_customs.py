"""Indicators of a pack's own: which file or known indicator each of a model's is."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sigma_core.domain.model import CustomFile, CustomSpec
from sigma_core.errors import BadRequest, UnknownName
from sigma_core.pack_files import where
from sigma_core.resolve import told

FOLDER = "custom_indicators"
PREFIX = "custom_"


def customs_of(root: Path, home: Path, given: Sequence[CustomFile]) -> tuple[CustomSpec, ...]:
    """Each with all its parameters, and the sha of its file if it is one of the pack's.

    A name that starts with `custom_` and goes on like a known indicator needs no base.
    Raises UnknownName or BadRequest.
    """
    found = []
    for place, one in enumerate(given, start=1):
        with told(f"custom indicator {place}"):
            found.append(_looked_up(root, home / FOLDER, one))
    return tuple(found)


def _looked_up(root: Path, folder: Path, given: CustomFile) -> CustomSpec:
    from sigma_core.indicators import ALIASES, INDICATORS, custom_of  # a second to import

    builtin = {one.name for one in INDICATORS} | set(ALIASES)
    if given.name in builtin:
        raise BadRequest(
            f"{given.name} is the name of an indicator that everyone has.",
            hint="Choose another name, or list it under indicators.",
        )
    base, sha = given.base, _kept(root, folder, given)
    if sha is None and base is None:
        base = given.name.removeprefix(PREFIX)
        if base not in builtin:
            raise _unknown(root, folder, given.name)
    spec = CustomSpec(
        name=given.name, base=base, sha=sha, params=given.params, cadence=given.cadence, of=given.of
    )
    return replace(spec, params=custom_of(spec).bind(given.params))


def _kept(root: Path, folder: Path, given: CustomFile) -> str | None:
    """The sha of the pack's file of that name; None if there is none.

    Raises BadRequest if a base is given too, or the file lies outside the pack.
    """
    from sigma_core.indicators import keep  # a second to import

    file = folder / f"{given.name}.py"
    if not file.is_file():
        return None
    if given.base is not None:
        raise BadRequest(
            f"{given.name} has the base {given.base}, and {where(root, file)} is there too.",
            hint="Leave the base out, or choose another name.",
        )
    if not file.resolve().is_relative_to(folder.parent.resolve()):
        raise BadRequest(f"{where(root, file)} points out of its pack.", hint="Copy the file.")
    return keep(given.name, where(root, file), file.read_bytes())


def _unknown(root: Path, folder: Path, name: str) -> UnknownName:
    known = sorted(file.stem for file in folder.glob("[a-z]*.py"))
    hint = f"Write {where(root, folder / name)}.py, or give `base`, the indicator that it is." + (
        f" There {'is' if len(known) == 1 else 'are'} {', '.join(known)}." if known else ""
    )
    return UnknownName("custom indicator", name, known, hint=hint)
