"""Haircut, annualisation, effective tries and the form of 2025, against published numbers."""

from math import inf, sqrt

import numpy as np
import pytest

from sigma_core.engine.bet import bet_size
from sigma_core.engine.evidence import Moments, expected_max
from sigma_core.engine.luck import recent
from sigma_core.engine.luck.annualise import autocorrelation, eta, eta_ar1
from sigma_core.engine.luck.effective import effective, effective_rank
from sigma_core.engine.luck.haircut import haircut_p, haircut_sharpe

FUND = Moments(t=24, sharpe=0.036 / 0.079, skew=-2.448, kurtosis=10.164)


class TestThe2025Form:
    """O10-O12: Lopez de Prado, Lipton & Zoonekynd."""

    def test_the_spread_of_a_hedge_funds_sharpe(self):
        normal = Moments(t=24, sharpe=FUND.sharpe, skew=0, kurtosis=3)
        assert sqrt(recent.variance(FUND, FUND.sharpe)) == pytest.approx(0.329, abs=5e-4)
        assert sqrt(recent.variance(normal, FUND.sharpe)) == pytest.approx(0.214, abs=5e-4)

    def test_its_probability_and_length(self):
        assert recent.psr(FUND, 0.0) == pytest.approx(0.987207, abs=5e-7)
        assert recent.psr(FUND, 0.1) == pytest.approx(0.939148, abs=5e-7)
        assert recent.min_track_record(FUND, 0.0) == pytest.approx(13.02878, abs=5e-6)
        assert recent.min_track_record(FUND, 0.1) == pytest.approx(27.10915, abs=5e-6)
        assert recent.min_track_record(FUND, FUND.sharpe) == inf

    def test_among_ten_tries(self):
        most = expected_max(10, 0.1)
        assert most == pytest.approx(0.497932, abs=5e-7)
        assert recent.variance_of_max(10) == pytest.approx(0.34434, abs=5e-6)
        assert recent.psr(FUND, most, tries=10) == pytest.approx(0.4164, abs=5e-5)

    def test_false_discoveries(self):
        assert recent.missed(FUND, 0.0, 0.5) == pytest.approx(0.3152, abs=5e-5)
        share = recent.false_discoveries(prior=0.05, level=0.95, missed=0.315)
        assert share == pytest.approx(0.5810, abs=5e-5)
        observed = recent.observed_false_discovery(FUND, 0.0, 0.5, prior=0.05)
        assert observed == pytest.approx(0.3059, abs=5e-5)

    @pytest.mark.parametrize(
        ("sharpe", "t", "printed"), [(0.5, 12, 0.306), (0.5, 60, 0.137), (3.0, 12, 0.677)]
    )
    def test_of_normal_returns_it_is_that_of_lo(self, sharpe, t, printed):
        """Lo 2002, table 1: √((1 + SR²/2)/T)."""
        normal = Moments(t=t, sharpe=sharpe, skew=0, kurtosis=3)
        assert sqrt(recent.variance(normal, sharpe)) == pytest.approx(printed, abs=5e-4)

    def test_autocorrelation_widens_by_hand(self):
        """ρ = .5 at a Sharpe of 0: a = 1 + 2·.5/.5 = 3, so three times the variance 1/T."""
        assert recent.variance(FUND, 0.0, rho=0.5) == pytest.approx(3 / 24)


class TestHaircut:
    """O13: Harvey & Liu."""

    def test_the_published_case(self):
        alone, among = haircut_p(0.75, years=20, n=200)
        assert alone == pytest.approx(0.000796, abs=5e-7)
        assert among == pytest.approx(0.1473, abs=5e-5)
        assert haircut_sharpe(0.75, years=20, n=200) == pytest.approx(0.3241, abs=5e-5)

    def test_one_try_has_none_and_a_loss_stays(self):
        assert haircut_sharpe(0.75, years=20, n=1) == 0.75
        assert haircut_sharpe(-0.4, years=20, n=200) == -0.4

    def test_it_only_ever_takes_and_takes_more_for_more_tries(self):
        cut = [haircut_sharpe(1.2, years=8, n=n) for n in (1, 2, 10, 100, 10_000)]
        assert cut == sorted(cut, reverse=True)
        assert 0 <= cut[-1] < cut[0]

    def test_a_sharpe_beyond_all_doubt_keeps_a_figure(self):
        """1 - Φ(31.6) is 10^-219: not 0, as one minus a probability would be."""
        assert haircut_sharpe(10.0, years=10, n=100) == pytest.approx(9.95, abs=0.05)


class TestAnnualise:
    """O14: Lo, table 2."""

    @pytest.mark.parametrize(("rho", "printed"), [(0.2, 2.88), (0.0, 3.46), (-0.2, 4.17)])
    def test_table_two(self, rho, printed):
        assert eta_ar1(12, rho) == pytest.approx(printed, abs=5e-3)

    def test_by_hand(self):
        """q = 3, ρ = (.5, .25): 3/√(3 + 2(2·.5 + 1·.25)) = 3/√5.5."""
        assert eta(3, [0.5, 0.25]) == pytest.approx(3 / sqrt(5.5))
        assert eta(252, [0.0] * 251) == pytest.approx(sqrt(252))
        assert eta(2, [-1.0]) is None
        with pytest.raises(ValueError, match="3 periods need 2"):
            eta(3, [0.1])

    def test_the_autocorrelation_by_hand(self):
        """1, 2, 3, 4 about 2.5: (1.5·.5 - .5·.5 + .5·1.5)/5 = 1.25/5."""
        assert autocorrelation(np.array([1.0, 2, 3, 4])) == pytest.approx(0.25)
        assert autocorrelation(np.ones(5)) is None


class TestEffective:
    def test_the_rank_of_the_published_matrices(self):
        """From the code beside the 2025 paper: almost 2, and 1.84."""
        both = np.array([[10, 1, 7], [1, 10, 8], [7, 8, 10]]) / 10
        assert effective_rank(np.eye(3)) == pytest.approx(3)
        assert effective_rank(both[:2, :2]) == pytest.approx(2, abs=0.02)
        assert effective_rank(both) == pytest.approx(1.84, abs=0.01)

    def test_twins_are_one_and_strangers_are_all(self):
        """Two columns at right angles count as two; copies, whatever their size, as one."""
        one, two = np.array([1.0, -1, 1, -1]), np.array([1.0, 1, -1, -1])
        assert effective(np.column_stack([one, two])) == pytest.approx((2.0, 2.0, 0.0))
        assert effective(np.column_stack([one, 3 * one + 1])) == pytest.approx((1.0, 1.0, 1.0))
        assert effective(one[:, None]) == (1.0, 1.0, None)

    def test_half_correlated_by_hand(self):
        """ρ = ½ of three: ½ + ½·3 = 2."""
        z = np.linalg.qr(np.random.default_rng(1).normal(size=(40, 5)))[0]
        z = np.linalg.qr(np.column_stack([np.ones(40), z]))[0][:, 1:]
        alike = z[:, :3] + z[:, [3]]
        assert effective(alike).n == pytest.approx(2.0)
        assert effective(alike[:, ::-1] * 7) == pytest.approx(effective(alike))

    def test_opposites_do_not_count_more_than_they_are(self):
        one = np.array([1.0, -1, 1, -1])
        assert effective(np.column_stack([one, -one])).n == 2


def test_the_bet_size_of_the_book():
    """O22: z = .1/√.24 and 2Φ(z) - 1; nothing at a half, the other way below it."""
    assert bet_size(0.6) == pytest.approx(0.161744, abs=5e-7)
    assert (bet_size(0.5), bet_size(0.4)) == (0, -bet_size(0.6))
