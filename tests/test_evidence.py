"""Luck and exposure, against the numbers in the papers."""

from math import inf, sqrt

import numpy as np
import pytest

from sigma_core.engine.evidence import (
    Moments,
    beta_of,
    evidence_of,
    excess_of,
    expected_max,
    min_backtest_length,
    min_track_record,
    moments_of,
    own_of,
    psr,
    rejudge,
    spread_of_tries,
    years_needed,
)


def moments(sharpe: float = 0.1, *, t: int = 1000, skew: float = 0, kurtosis: float = 3) -> Moments:
    return Moments(t=t, sharpe=sharpe, skew=skew, kurtosis=kurtosis)


def noise(n: int = 600, *, seed: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0004, 0.01, n)


class TestPublished:
    """Bailey & Lopez de Prado 2012 and 2014; Bailey, Borwein, Lopez de Prado & Zhu 2014."""

    DSR = moments(2.5 / sqrt(250), t=1250, skew=-3, kurtosis=10)
    HEDGE_FUND = moments(1.585 / sqrt(12), t=24, skew=-2.448, kurtosis=10.164)

    def test_the_deflated_sharpe_of_the_worked_example(self) -> None:
        sr0 = expected_max(100, 0.5 / 250)

        assert sr0 == pytest.approx(0.113172, abs=5e-7)
        assert psr(self.DSR, sr0) == pytest.approx(0.900397, abs=5e-7)

    def test_with_46_tries_it_is_enough(self) -> None:
        assert psr(self.DSR, expected_max(46, 0.5 / 250)) == pytest.approx(0.950502, abs=5e-7)

    def test_normal_returns_allow_88_tries(self) -> None:
        normal = moments(2.5 / sqrt(250), t=1250)

        assert psr(normal, expected_max(88, 0.5 / 250)) == pytest.approx(0.950491, abs=5e-7)

    def test_the_expected_maximum_of_a_hundred(self) -> None:
        assert expected_max(100, 1.0) == pytest.approx(2.5306028932016846, rel=1e-15)

    def test_ten_tries_of_nothing_over_a_year_find_a_sharpe_of_1_57(self) -> None:
        assert expected_max(10, 1.0) == pytest.approx(1.57, abs=5e-3)

    def test_the_probabilistic_sharpe_of_a_hedge_fund(self) -> None:
        rounded = moments(0.458, t=24, skew=-2.448, kurtosis=10.164)

        assert psr(self.HEDGE_FUND, 0.0) == pytest.approx(0.91323430688, abs=5e-11)
        assert psr(rounded, 0.0) == pytest.approx(0.913361, abs=5e-7)
        assert psr(moments(0.458, t=24), 0.0) == pytest.approx(0.981675, abs=5e-7)

    def test_excess_kurtosis_would_give_another_number(self) -> None:
        """The error of several libraries: kurtosis less 3 in the variance."""
        hedge_fund = moments(0.458, t=24, skew=-2.448, kurtosis=10.164 - 3)
        example = moments(2.5 / sqrt(250), t=1250, skew=-3, kurtosis=10 - 3)

        assert psr(hedge_fund, 0.0) == pytest.approx(0.9200, abs=5e-5)
        assert psr(example, expected_max(100, 0.5 / 250)) == pytest.approx(0.9018, abs=5e-5)

    @pytest.mark.parametrize(
        ("year", "years"), [(252, 2.7310), (250, 2.7312), (52, 2.8288), (12, 3.2398)]
    )
    def test_the_minimum_track_record_for_two_against_one(self, year: int, years: float) -> None:
        needed = min_track_record(moments(2 / sqrt(year)), 1 / sqrt(year))

        assert needed / year == pytest.approx(years, abs=5e-5)

    def test_the_minimum_track_record_of_hedge_fund_returns(self) -> None:
        of = moments(2 / sqrt(12), skew=-0.72, kurtosis=5.78)

        assert min_track_record(of, 1 / sqrt(12)) / 12 == pytest.approx(4.9913, abs=5e-5)

    def test_the_minimum_backtest_length_of_45_tries(self) -> None:
        assert min_backtest_length(45, 1.0) == pytest.approx(4.998087004443404, rel=1e-14)

    def test_years_for_sharpes_of_a_half_to_one(self) -> None:
        for sharpe, years in ((0.5, 10.8), (0.7, 5.5), (1.0, 2.7)):
            needed = min_track_record(moments(sharpe / sqrt(252)), 0.0) / 252
            assert needed == pytest.approx(years, abs=0.05)

    def test_the_sample_row_of_the_guides(self) -> None:
        """Sharpe 1.85 over 504 days: near certain alone, a coin's toss after 50 tries."""
        row = moments(1.85 / sqrt(252), t=504)

        assert psr(row, 0.0) == pytest.approx(0.995, abs=5e-4)
        assert psr(row, expected_max(50, 1 / 504)) == pytest.approx(0.63, abs=5e-3)
        assert psr(row, expected_max(100, 1 / 504)) == pytest.approx(0.53, abs=5e-3)


def test_moments_are_those_of_scipy() -> None:
    from scipy import stats  # a second to import

    r = noise() ** 3
    found = moments_of(r)

    assert found is not None
    assert found.sharpe == pytest.approx(r.mean() / r.std(ddof=1), rel=1e-14)
    assert found.skew == pytest.approx(stats.skew(r), rel=1e-12)
    assert found.kurtosis == pytest.approx(stats.kurtosis(r, fisher=False), rel=1e-12)


@pytest.mark.parametrize("r", [np.zeros(9), np.full(9, 0.1), np.array([0.1]), np.empty(0)])
def test_returns_that_do_not_vary_have_no_sharpe(r: np.ndarray) -> None:
    assert moments_of(r) is None


def test_one_try_is_no_search() -> None:
    assert expected_max(1, 1.0) == 0.0


@pytest.mark.parametrize("n", [10, 100, 1000])
def test_the_expected_maximum_is_about_what_draws_give(n: int) -> None:
    best = np.random.default_rng(1).normal(size=(2000, n)).max(axis=1)

    assert expected_max(n, 1.0) == pytest.approx(best.mean(), abs=0.05)


def test_returns_of_two_values_can_leave_no_doubt() -> None:
    # skew 0 and kurtosis 1 at Sharpe 0 keep the spread at 1; skew 2, kurtosis 2 at 1 make it nil
    certain = Moments(t=10, sharpe=2.0, skew=1.0, kurtosis=2.0)

    assert psr(certain, 1.0) == 1.0
    assert psr(certain, 3.0) == 0.0
    assert psr(certain, 2.0) == 0.5


class TestSpreadOfTries:
    def test_it_is_the_variance_of_the_family(self) -> None:
        assert spread_of_tries([0.01, 0.03, 0.02], 100) == pytest.approx(0.0001)

    def test_but_at_most_that_of_noise(self) -> None:
        assert spread_of_tries([-1.0, 1.0], 100) == 0.01

    def test_undefined_sharpes_do_not_count(self) -> None:
        assert spread_of_tries([0.01, None, 0.03, float("nan"), 0.02], 100) == pytest.approx(0.0001)

    @pytest.mark.parametrize("family", [[], [0.02], [None, 0.02, None]])
    def test_without_two_it_is_that_of_noise(self, family: list[float | None]) -> None:
        assert spread_of_tries(family, 400) == 1 / 400


def test_beta_is_the_slope_of_least_squares() -> None:
    m, e = noise(seed=1), noise(seed=2)
    r = 0.001 + 0.7 * m + 0.3 * e

    assert beta_of(r, m) == pytest.approx(np.polyfit(m, r, 1)[0], rel=1e-10)
    assert beta_of(r, np.zeros(600)) is None


class TestEvidence:
    def test_exposure_alone_leaves_nothing(self) -> None:
        m = noise()
        found = evidence_of(0.4 * m, m, n_trials=1, sharpes=[None], excess_sharpes=[None])

        assert found.beta == pytest.approx(0.4)
        assert found.sharpe == pytest.approx(m.mean() / m.std(ddof=1))
        assert found.psr == found.dsr
        assert found.excess_sharpe is None
        assert found.excess_dsr is None

    def test_the_intercept_stays_in_the_excess(self) -> None:
        m, e = noise(seed=1), noise(seed=2)
        found = evidence_of(0.5 * m + e, m, n_trials=1, sharpes=[], excess_sharpes=[])

        beta = np.polyfit(m, 0.5 * m + e, 1)[0]
        rest = 0.5 * m + e - beta * m
        assert found.excess_sharpe == pytest.approx(rest.mean() / rest.std(ddof=1))
        assert excess_of(found) is not None

    def test_it_is_put_together_from_its_parts(self) -> None:
        r, m = noise(seed=1), noise(seed=2)
        own, excess = [0.01, 0.05, None, 0.03], [0.0, 0.02, None, 0.01]
        found = evidence_of(r, m, n_trials=7, sharpes=own, excess_sharpes=excess)

        of = moments_of(r)
        assert of is not None
        assert (found.n_trials, found.t) == (7, 600)
        assert found.variance == pytest.approx(0.0004)
        assert found.excess_variance == pytest.approx(0.0001)
        assert found.sr0 == pytest.approx(expected_max(7, 0.0004))
        assert found.excess_sr0 == pytest.approx(expected_max(7, 0.0001))
        assert found.dsr == pytest.approx(psr(of, expected_max(7, 0.0004)))
        assert found.psr == pytest.approx(psr(of, 0.0))
        assert own_of(found) == of

    def test_the_first_try_is_judged_against_nought(self) -> None:
        found = evidence_of(noise(), noise(seed=6), n_trials=1, sharpes=[0.1], excess_sharpes=[0.1])

        assert (found.sr0, found.excess_sr0) == (0.0, 0.0)
        assert found.dsr == found.psr

    def test_tries_without_a_trade_count_too(self) -> None:
        few, many = (
            evidence_of(
                noise(), noise(seed=6), n_trials=n, sharpes=[0.0, 0.04], excess_sharpes=[0.0, 0.04]
            )
            for n in (2, 50)
        )

        assert few.variance == many.variance
        assert few.dsr is not None
        assert many.dsr is not None
        assert many.dsr < few.dsr

    def test_no_trade_is_no_sharpe(self) -> None:
        found = evidence_of(np.zeros(600), noise(), n_trials=3, sharpes=[], excess_sharpes=[])

        assert (found.sharpe, found.psr, found.dsr, found.excess_dsr) == (None,) * 4
        assert found.sr0 == pytest.approx(expected_max(3, 1 / 600))

    def test_no_session_is_no_evidence(self) -> None:
        found = evidence_of(np.empty(0), np.empty(0), n_trials=1, sharpes=[], excess_sharpes=[])

        assert (found.t, found.variance, found.sr0, found.dsr) == (0, None, None, None)

    def test_a_later_family_needs_no_returns(self) -> None:
        r, m = noise(seed=1), noise(seed=2)
        family = [0.01, 0.05, 0.02]
        then = evidence_of(r, m, n_trials=1, sharpes=[0.01], excess_sharpes=[0.01])
        now = evidence_of(r, m, n_trials=9, sharpes=family, excess_sharpes=family)

        assert rejudge(then, n_trials=9, sharpes=family, excess_sharpes=family) == now

    def test_a_market_of_other_sessions_is_a_bug(self) -> None:
        with pytest.raises(ValueError, match="600 returns do not match 599"):
            evidence_of(noise(), noise(599), n_trials=1, sharpes=[], excess_sharpes=[])

    def test_a_family_larger_than_its_number_is_a_bug(self) -> None:
        with pytest.raises(ValueError, match="a family of 2 has more than 1 trials"):
            evidence_of(noise(), noise(), n_trials=1, sharpes=[0.1, 0.2], excess_sharpes=[])


class TestYearsNeeded:
    @pytest.mark.parametrize(
        ("n", "sharpe"), [(1, 0.5), (1, 1.0), (20, 0.8), (20, 1.8), (100, 1.0), (100, 2.5)]
    )
    def test_it_is_the_first_session_at_which_the_evidence_holds(
        self, n: int, sharpe: float
    ) -> None:
        of = moments(sharpe / sqrt(252), t=300, skew=-0.5, kurtosis=6)
        years = years_needed(of, n=n, variance=1 / 300, year=252)

        def dsr(t: int) -> float:
            then = moments(of.sharpe, t=t, skew=-0.5, kurtosis=6)
            return psr(then, expected_max(n, 1 / 300 * 300 / t))

        assert years is not None
        t = 300 + round(years * 252)
        assert dsr(t) >= 0.95 > dsr(t - 1)
        assert all(dsr(k) < 0.95 for k in range(300, t, 7))

    def test_one_try_needs_the_minimum_track_record(self) -> None:
        of = moments(1 / sqrt(252), t=300)
        needed = min_track_record(of, 0.0)  # 682.86 sessions

        assert years_needed(of, n=1, variance=1 / 300, year=252) == np.ceil(needed - 300) / 252

    def test_enough_is_enough(self) -> None:
        assert years_needed(moments(0.2), n=1, variance=0.001, year=252) == 0.0

    @pytest.mark.parametrize("sharpe", [-0.1, 0.0, 0.2 / sqrt(252)])
    def test_beyond_thirty_years_it_cannot_be_proved(self, sharpe: float) -> None:
        assert years_needed(moments(sharpe), n=1, variance=0.001, year=252) is None

    def test_the_thirtieth_year_still_counts(self) -> None:
        # z² / SR² sessions of normal returns: a Sharpe that needs 10 + 29.9 years
        per_year = sqrt(1.6448536269514722**2 / (39.9 - 1 / 252 - 1.36 / 252))
        years = years_needed(
            moments(per_year / sqrt(252), t=2520), n=1, variance=1 / 2520, year=252
        )

        assert years == pytest.approx(29.9, abs=0.01)


def test_a_sharpe_below_its_benchmark_has_no_track_record() -> None:
    assert min_track_record(moments(0.1), 0.1) == inf
