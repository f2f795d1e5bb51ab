"""Verbs: what the lab can do, one file each. Screens, shell and HTTP call these and no more."""

from sigma_core.verbs._define import VERBS, Verb, verb

__all__ = ["VERBS", "Verb", "verb"]
