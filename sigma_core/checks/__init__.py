"""Checks that explain a run, a few to a file. To add one, add a function; `trades.py` shows how."""

from sigma_core.checks._define import CHECKS, Check, Found, Run, check, findings_of, unsaid

__all__ = ["CHECKS", "Check", "Found", "Run", "check", "findings_of", "unsaid"]
