"""Gradient-boosted trees: the default learner."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sigma_core.learners._define import Codes, Fitted, Floats, learner

if TYPE_CHECKING:
    from xgboost import Booster


@dataclass(frozen=True, eq=False)
class Trees:
    """A boosted forest."""

    booster: "Booster"

    @property
    def measure(self) -> str:
        """What `importance` is measured by."""
        return "gain"

    def proba(self, x: Floats) -> Floats:
        """Probability of each class, [rows, classes]."""
        found = self.booster.inplace_predict(x.astype("float32"), missing=np.nan)
        made = np.asarray(found, dtype="float64")
        return made if made.ndim == 2 else np.column_stack([1 - made, made])

    def contributions(self, x: Floats) -> Floats:
        """SHAP values, [rows, classes, features + 1], the last the bias.

        Of two classes the first has none: the second's are the log-odds between them.

        Source: S. Lundberg et al., Consistent Individualized Feature Attribution for Tree
        Ensembles, arXiv:1802.03888 (2018).
        """
        from xgboost import DMatrix  # seconds to import

        rows = DMatrix(x.astype("float32"), nthread=1)
        found = self.booster.predict(rows, pred_contribs=True, strict_shape=True)
        made = np.asarray(found, dtype="float64")
        return made if made.shape[1] > 1 else np.concatenate([np.zeros_like(made), made], axis=1)

    def importance(self) -> Floats:
        """Mean loss a split by the feature takes away, [features], as shares of their sum.

        Source: xgboost's `gain`, as its scikit-learn face gives it.
        """
        found = self.booster.get_score(importance_type="gain")  # by "f0", "f1", ...; splits only
        gain = np.array([found.get(f"f{i}", 0.0) for i in range(self.booster.num_features())])
        return np.asarray(gain / (gain.sum() or 1.0), dtype="float64")

    def save(self) -> bytes:
        """The forest in xgboost's UBJSON."""
        return bytes(self.booster.save_raw("ubj"))


def _load(kept: bytes) -> Fitted:
    from xgboost import Booster  # seconds to import

    booster = Booster()
    booster.load_model(bytearray(kept))
    booster.set_param({"nthread": 1})
    return Trees(booster)


@learner(
    file="model.ubj",
    load=_load,
    ranges={
        "rounds": (1, 5000),
        "max_depth": (1, 12),
        "eta": (0.001, 1),
        "subsample": (0.1, 1),
        "colsample_bytree": (0.1, 1),
        "min_child_weight": (0, 10_000),
        "reg_lambda": (0, 10_000),
    },
)
def xgboost(
    x: Floats,
    y: Codes,
    weight: Floats,
    *,
    classes: int,
    seed: int,
    rounds: int = 150,
    max_depth: int = 3,
    eta: float = 0.05,
    subsample: float = 0.8,
    colsample_bytree: float = 0.8,
    min_child_weight: float = 10.0,
    reg_lambda: float = 1.0,
) -> Fitted:
    """Gradient-boosted trees (XGBoost): shallow, slow to learn, at home with missing values.

    No early stopping: `rounds` are always grown. One thread, so that folds can run side by side.
    Source: T. Chen, C. Guestrin, XGBoost: A Scalable Tree Boosting System, KDD 2016.
    """
    from xgboost import QuantileDMatrix, train  # seconds to import

    rows = QuantileDMatrix(x.astype("float32"), label=y, weight=weight, nthread=1)
    goal: Mapping[str, Any] = (
        {"objective": "binary:logistic"}
        if classes == 2
        else {"objective": "multi:softprob", "num_class": classes}
    )
    params = {
        **goal,
        "tree_method": "hist",
        "nthread": 1,
        "seed": seed,
        "max_depth": max_depth,
        "eta": eta,
        "subsample": subsample,
        "colsample_bytree": colsample_bytree,
        "min_child_weight": min_child_weight,
        "lambda": reg_lambda,
    }
    return Trees(train(params, rows, num_boost_round=rounds))
