"""Providers: one file each. To add one, add a file; `sample.py` shows how."""

from sigma_core.providers._define import PROVIDERS, Fetched, Provider, provider
from sigma_core.providers._report import report
from sigma_core.providers._resample import FINER

__all__ = ["FINER", "PROVIDERS", "Fetched", "Provider", "provider", "report"]
