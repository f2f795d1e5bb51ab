"""Learners: one file each. To add one, add a file; `logistic.py` shows how."""

from sigma_core.learners._define import LEARNERS, Chosen, Fitted, Learner, learner, learner_of

__all__ = ["LEARNERS", "Chosen", "Fitted", "Learner", "learner", "learner_of"]
