"""Nouns: frozen dataclasses, checked as they are made, and nothing else."""
