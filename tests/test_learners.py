"""Every learner finds what is there, says the same twice, and survives its own file."""

import numpy as np
import pytest

from sigma_core.domain.model import LearnerSpec
from sigma_core.errors import BadRequest, UnknownName
from sigma_core.learners import LEARNERS, Chosen, learner_of

NAMES = [found.name for found in LEARNERS]
SMALL = {"xgboost": {"rounds": 20}, "logistic": {}}


def chosen(name: str, seed: int = 7) -> Chosen:
    return learner_of(LearnerSpec(name=name, params=SMALL.get(name, {}), seed=seed))


def market(n: int = 2000, *, classes: int = 3, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Five features, of which only the third tells the class; a tenth of it is missing."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 5))
    y = np.digitize(x[:, 2] + rng.normal(scale=0.5, size=n), [-0.5, 0.5][: classes - 1])
    x[rng.random(n) < 0.1, 2] = np.nan
    return x, y.astype("int8")


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("name", NAMES)
class TestEveryLearner:
    def test_probabilities_are_ones_of_each_class(self, name: str, classes: int) -> None:
        x, y = market(classes=classes)
        p = chosen(name).fit(x, y, np.ones(len(x)), classes=classes).proba(x)

        assert p.shape == (len(x), classes)
        assert p.dtype == np.float64
        assert (p >= 0).all()
        assert p.sum(axis=1) == pytest.approx(np.ones(len(x)), abs=1e-6)

    def test_it_finds_a_planted_signal_out_of_sample(self, name: str, classes: int) -> None:
        x, y = market(classes=classes)
        found = chosen(name).fit(x, y, np.ones(len(x)), classes=classes)
        fresh, answers = market(classes=classes, seed=4)

        right = (found.proba(fresh).argmax(axis=1) == answers).mean()
        usual = max(np.bincount(answers)) / len(answers)
        assert right > usual + 0.15

    def test_the_signal_is_credited_to_the_feature_that_has_it(
        self, name: str, classes: int
    ) -> None:
        x, y = market(classes=classes)
        parts = chosen(name).fit(x, y, np.ones(len(x)), classes=classes).contributions(x)

        assert parts.shape == (len(x), classes, x.shape[1] + 1)
        assert np.abs(parts[:, -1, :-1]).mean(axis=0).argmax() == 2

    def test_contributions_add_up_to_the_probabilities(self, name: str, classes: int) -> None:
        x, y = market(classes=classes)
        found = chosen(name).fit(x, y, np.ones(len(x)), classes=classes)

        grown = np.exp(found.contributions(x).sum(axis=2))
        assert grown / grown.sum(axis=1, keepdims=True) == pytest.approx(found.proba(x), abs=1e-5)

    def test_the_same_seed_gives_the_same_bytes(self, name: str, classes: int) -> None:
        x, y = market(classes=classes)
        weight = np.linspace(0.1, 1, len(x))
        one, two = (chosen(name).fit(x, y, weight, classes=classes) for _ in range(2))

        assert one.save() == two.save()
        assert one.proba(x).tobytes() == two.proba(x).tobytes()

    def test_it_survives_its_file(self, name: str, classes: int) -> None:
        x, y = market(classes=classes)
        found = chosen(name).fit(x, y, np.ones(len(x)), classes=classes)
        again = LEARNERS[name].load(found.save())

        assert again.proba(x).tobytes() == found.proba(x).tobytes()
        assert again.contributions(x).tobytes() == found.contributions(x).tobytes()
        assert again.save() == found.save()

    def test_one_row_is_told_the_same_as_among_many(self, name: str, classes: int) -> None:
        x, y = market(classes=classes)
        found = chosen(name).fit(x, y, np.ones(len(x)), classes=classes)

        assert found.proba(x[:1])[0] == pytest.approx(found.proba(x)[0], abs=1e-12)

    def test_weights_count(self, name: str, classes: int) -> None:
        x, y = market(classes=classes)
        heavy = np.where(y == 0, 1.0, 0.05)
        even = chosen(name).fit(x, y, np.ones(len(x)), classes=classes).proba(x)
        tilted = chosen(name).fit(x, y, heavy, classes=classes).proba(x)

        assert tilted[:, 0].mean() > even[:, 0].mean() + 0.1


@pytest.mark.parametrize("name", NAMES)
def test_a_class_without_rows_is_unlikely_not_an_error(name: str) -> None:
    x, y = market(classes=2)
    p = chosen(name).fit(x, np.where(y == 1, 2, 0).astype("int8"), np.ones(len(x)), classes=3)

    assert np.isfinite(p.proba(x)).all()
    assert p.proba(x)[:, 1].max() < 0.1


@pytest.mark.parametrize("name", NAMES)
def test_a_feature_missing_throughout_tells_nothing(name: str) -> None:
    x, y = market()
    x[:, 4] = np.nan
    found = chosen(name).fit(x, y, np.ones(len(x)), classes=3)

    assert found.contributions(x)[:, :, 4] == pytest.approx(0.0)


@pytest.mark.parametrize("name", NAMES)
def test_every_default_lies_in_its_range_and_every_learner_says_what_it_is(name: str) -> None:
    found = LEARNERS[name]

    assert all(low <= found.params[p] <= high for p, (low, high) in found.ranges.items())
    assert found.sentence.endswith(".")
    assert "Source:" in (found.fn.__doc__ or "")


def test_the_seed_is_heard_by_the_learner_that_draws() -> None:
    x, y = market()
    one, two = (
        chosen("xgboost", seed).fit(x, y, np.ones(len(x)), classes=3).proba(x) for seed in (7, 8)
    )

    assert (one != two).any()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("param", "value"),
    [
        ("max_depth", 1),
        ("eta", 0.3),
        ("subsample", 0.3),
        ("colsample_bytree", 0.3),
        ("min_child_weight", 300),
        ("reg_lambda", 200),
        ("rounds", 5),
    ],
)
def test_every_parameter_of_xgboost_changes_what_it_says(param: str, value: float) -> None:
    x, y = market()
    spec = LearnerSpec(params={"rounds": 20, param: value})
    changed = learner_of(spec).fit(x, y, np.ones(len(x)), classes=3).proba(x)

    assert (changed != chosen("xgboost").fit(x, y, np.ones(len(x)), classes=3).proba(x)).any()


def test_the_penalty_of_logistic_shrinks_its_coefficients() -> None:
    x, y = market()
    sizes = [
        np.abs(
            learner_of(LearnerSpec(name="logistic", params={"c": c}))
            .fit(x, y, np.ones(len(x)), classes=3)
            .contributions(x)[:, 0, :-1]
        ).sum()
        for c in (1e-4, 1.0)
    ]

    assert sizes[0] < sizes[1] / 2


def test_logistic_fills_with_medians_of_its_training_rows_and_flags_what_is_missing() -> None:
    x, y = market()
    found = chosen("logistic").fit(x, y, np.ones(len(x)), classes=3)
    probe = np.array([[0.0, 0.0, np.nan, 0.0, 0.0], [0.0, 0.0, np.nanmedian(x[:, 2]), 0.0, 0.0]])

    # at the training median the feature itself says the same; only its flag may differ
    assert vars(found)["median"][2] == np.nanmedian(x[:, 2])
    flag = vars(found)["coef"][:, 7] / vars(found)["scale"][7]
    parts = found.contributions(probe)[:, :, 2]
    assert parts[0] - parts[1] == pytest.approx(flag)


@pytest.mark.parametrize(
    ("name", "params", "says", "hint"),
    [
        ("xgboost", {"maxdepth": 3}, "learner.params.maxdepth is not a parameter", "max_depth"),
        ("xgboost", {"eta": 0}, "learner.params.eta of xgboost is 0", "from 0.001 to 1"),
        ("xgboost", {"rounds": 10.5}, "rounds of xgboost is 10.5", "a whole number from 1"),
        ("xgboost", {"subsample": True}, "subsample of xgboost is True", "from 0.1 to 1"),
        ("logistic", {"c": "strong"}, "c of logistic is 'strong'", "a number from 1e-06"),
    ],
)
def test_a_wrong_parameter_is_refused(
    name: str, params: dict[str, float], says: str, hint: str
) -> None:
    with pytest.raises(BadRequest) as refused:
        learner_of(LearnerSpec(name=name, params=params))

    assert says in str(refused.value)
    assert hint in refused.value.hint


def test_an_unknown_learner_is_refused_with_what_was_meant() -> None:
    with pytest.raises(UnknownName, match="No learner is called 'xgbost'") as refused:
        learner_of(LearnerSpec(name="xgbost"))

    assert refused.value.hint == "Did you mean xgboost?"
