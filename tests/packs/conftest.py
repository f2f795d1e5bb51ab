"""A copy of the shipped packs that a test may spoil, and a lab that stands on it."""

from pathlib import Path
from shutil import copytree

import pytest

from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.parse import parse
from sigma_core.verbs import VERBS

SHIPPED = Path(__file__).resolve().parents[2] / "packs"
DEMO = "ixic_eq_swing_daily"


class Spoilt:
    """Packs on disk, and the few things tests do to them."""

    def __init__(self, root):
        self.root = root

    def file(self, folder, name=DEMO):
        return self.root / "swingsigma" / folder / f"{name}.yaml"

    def change(self, old, new, folder="model_configs", name=DEMO):
        """Replace `old`, which must be there."""
        text = self.file(folder, name).read_text("utf-8")
        assert old in text
        self.file(folder, name).write_text(text.replace(old, new), "utf-8")

    def add(self, line, folder="model_configs", name=DEMO):
        with self.file(folder, name).open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")

    def everything(self):
        """Each file's bytes by its path."""
        return {
            p.relative_to(self.root): p.read_bytes() for p in self.root.rglob("*") if p.is_file()
        }


@pytest.fixture
def spoilt(tmp_path):
    """The shipped packs, copied."""
    return Spoilt(copytree(SHIPPED, tmp_path / "packs"))


@pytest.fixture
def lab(spoilt, tmp_path):
    """A lab on the copied packs, with an empty lake."""
    return Lab(packs=spoilt.root, lake=Lake(tmp_path / "lake"))


@pytest.fixture(scope="session")
def shipped():
    """The folder of the packs that come with the lab."""
    return SHIPPED


def run(lab, name, /, **ask):
    """What a verb answers, asked as a shell would ask it."""
    verb = VERBS[name]
    return verb.fn(lab, parse(verb.ask, ask))


def changed(done):
    """Fields that an edit says it changes, with what they were and will be."""
    return {change.field: (change.before, change.after) for change in done.changes}
