"""Providers: one file each. To add one, add a file; `sample.py` shows how."""

from sigma_core.providers._define import PROVIDERS, Fetched, Provider, provider
from sigma_core.providers._report import report

__all__ = ["PROVIDERS", "Fetched", "Provider", "provider", "report"]
