"""Labels: one file each. To add one, add a file; `next_bar.py` shows how."""

from sigma_core.labels._define import LABELS, UP_DOWN_FLAT, Bound, Label, Labels, label, label_of

__all__ = ["LABELS", "UP_DOWN_FLAT", "Bound", "Label", "Labels", "label", "label_of"]
