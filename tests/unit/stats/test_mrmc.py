"""Several readers, two treatments: published numbers, a second route to each, and designs that do not allow it."""

from collections.abc import Sequence
from dataclasses import replace
from math import inf

import numpy as np
import pytest
from tests.unit.stats.published_data import van_dyke

from collega.stats.mrmc import Analysis, Design, analyse
from collega.stats.mrmc_covariance import Covariance, ReaderTest, covariance
from collega.stats.one_shot import one_shot
from collega.stats.roc import components

pytestmark = pytest.mark.shows("R8", "R35", "R63")
BOTH = ("1", "2")
SCORES = np.array([0.0, 0, 1, 1, 2, 2, 2, 3, 3])


def test_the_areas_and_mean_squares_of_van_dyke_as_published() -> None:
    found = analyse(van_dyke(), treatments=BOTH)
    areas = [round(found.aucs[treatment, reader], 8) for treatment in BOTH for reader in "12345"]
    assert areas[:5] == [0.91964573, 0.85877617, 0.90386473, 0.97310789, 0.82979066]
    assert areas[5:] == [0.94782609, 0.90531401, 0.92173913, 0.99935588, 0.92995169]
    assert (*(round(mean, 8) for mean in found.means), round(found.difference, 8)) == (
        0.89703704,
        0.94083736,
        -0.04380032,
    )
    parts = found.parts
    assert parts.ms_r is not None
    assert (round(parts.ms_t, 9), round(parts.ms_r, 8), round(parts.ms_tr, 10)) == (
        0.004796171,
        0.00383620,
        0.0005510306,
    )


@pytest.mark.parametrize(
    ("method", "components_", "statistics"),
    [
        (
            Covariance.DELONG,
            (0.0007921325, 0.0003420090, 0.0003395265, 0.0002358497),
            ((4.484854, 6), (15.06611, 5), (0.05123303, 8), (0.0206825, 7)),
        ),
        (
            Covariance.JACKKNIFE,
            (0.0008022883, 0.0003466137, 0.0003440748, 0.0002390284),
            ((4.4563, 4), (15.260, 3), (0.05167, 5), (0.0207486, 7)),
        ),
    ],
)
def test_obuchowski_and_rockette_as_published(
    method: Covariance, components_: tuple[float, ...], statistics: Sequence[tuple[float, int]]
) -> None:
    found = analyse(van_dyke(), treatments=BOTH, method=method)
    parts = found.parts
    assert tuple(round(value, 10) for value in (parts.error, parts.cov1, parts.cov2, parts.cov3)) == components_
    printed = (found.f, found.df2, found.p, found.se)
    assert [(round(value, digits), digits) for value, (_, digits) in zip(printed, statistics, strict=True)] == list(
        statistics
    )


def test_unbiased_covariance_gives_what_the_moments_give() -> None:
    # The identity of Obuchowski-Rockette with unbiased covariances and U-statistics, in a crossed study.
    tests = van_dyke()
    found = analyse(tests, treatments=BOTH, method=Covariance.UNBIASED)
    assert one_shot(tests, BOTH).se == pytest.approx(found.se, rel=1e-10)


def test_fixed_readers_have_the_variance_of_the_mean_of_their_differences() -> None:
    # With one pooled component for each case: the plain DeLong variance of the mean difference.
    tests = van_dyke()
    parts = {(test.treatment, test.reader): components(test.truth, test.ratings) for test in tests}
    mean = [
        sum(getattr(parts["1", reader], kind) - getattr(parts["2", reader], kind) for reader in "12345") / 5
        for kind in ("diseased", "other")
    ]
    variance = sum(float(np.var(one, ddof=1)) / len(one) for one in mean)
    found = analyse(tests, treatments=BOTH, analysis=Analysis.FIXED_READERS)
    assert found.se**2 == pytest.approx(variance, rel=1e-10)
    assert found.df2 == inf
    assert found.f == pytest.approx(found.difference**2 / variance)


def test_fixed_cases_are_the_paired_t_test_of_the_readers_areas() -> None:
    found = analyse(van_dyke(), treatments=BOTH, analysis=Analysis.FIXED_CASES)
    differences = [found.aucs["1", reader] - found.aucs["2", reader] for reader in "12345"]
    t = float(np.mean(differences)) / (float(np.std(differences, ddof=1)) / 5**0.5)
    assert (found.f, found.df2) == pytest.approx((t**2, 4))


def test_the_jackknife_leaves_each_case_out_and_works_out_the_area_anew() -> None:
    tests = van_dyke()[:4]
    cases = len(tests[0].cases)
    anew = np.array(
        [
            [components(np.delete(test.truth, index), np.delete(test.ratings, index)).auc for index in range(cases)]
            for test in tests
        ]
    )
    expected = np.cov(anew) * (cases - 1) ** 2 / cases
    assert np.allclose(covariance(tests, Covariance.JACKKNIFE), expected, rtol=1e-9)


def test_the_unbiased_covariance_is_that_of_every_quadruple_of_cases() -> None:
    rng = np.random.default_rng(3)
    truth = np.arange(9) < 4
    tests = [
        ReaderTest(
            reader="a",
            treatment=name,
            cases=tuple("abcdefghi"),
            truth=truth,
            ratings=rng.permutation(SCORES),
        )
        for name in BOTH
    ]
    kernels = [np.sign(test.ratings[truth][:, None] - test.ratings[~truth]) / 2 + 0.5 for test in tests]
    apart = [
        kernels[0][i, j] * kernels[1][k, m]
        for i in range(4)
        for k in range(4)
        for j in range(5)
        for m in range(5)
        if i != k and j != m
    ]
    expected = kernels[0].mean() * kernels[1].mean() - np.mean(apart)
    assert covariance(tests, Covariance.UNBIASED)[0, 1] == pytest.approx(expected)


def test_cases_of_each_reader_alone_leave_two_covariances_out() -> None:
    found = analyse(van_dyke("case2"), treatments=BOTH)
    assert found.design is Design.CASES_IN_READERS
    assert (found.parts.cov2, found.parts.cov3) == (0.0, 0.0)
    assert (found.f, found.df2) == pytest.approx((8.704, 4))
    with pytest.raises(ValueError, match="reader and cases cannot be told apart"):
        analyse(van_dyke("case2"), treatments=BOTH, analysis=Analysis.FIXED_CASES)


def test_cases_of_each_treatment_alone_leave_the_others_out() -> None:
    found = analyse(van_dyke("case3"), treatments=BOTH)
    assert found.design is Design.CASES_IN_TREATMENTS
    assert (found.parts.cov1, found.parts.cov3) == (0.0, 0.0)
    # MS(T) / (MS(TR) + 5 cov2), of the published parts.
    assert found.f == pytest.approx(0.004796171 / (0.0005510306 + 5 * 0.0003395265), rel=1e-6)


def test_readers_of_each_treatment_alone_are_compared_as_two_groups() -> None:
    tests = [replace(test, reader=f"{test.treatment}-{test.reader}") for test in van_dyke()]
    found = analyse(tests, treatments=BOTH, analysis=Analysis.FIXED_CASES)
    groups = [[value for (name, _), value in found.aucs.items() if name == treatment] for treatment in BOTH]
    pooled = (np.var(groups[0], ddof=1) + np.var(groups[1], ddof=1)) / 2
    assert found.design is Design.READERS_IN_TREATMENTS
    assert (found.f, found.df2) == pytest.approx((found.difference**2 / (pooled * 2 / 5), 8))
    random = analyse(tests, treatments=BOTH)
    # MS(R(T)) + 5 (cov2 - cov3): covariances of one person under two treatments are now those of two people.
    assert random.parts.cov2 == pytest.approx(0.0003395265, abs=1e-10)
    assert random.parts.cov3 == pytest.approx((20 * 0.0002358497 + 5 * 0.0003420090) / 25, abs=1e-10)
    with pytest.raises(ValueError, match="treatment and reader"):
        analyse(tests, treatments=BOTH, analysis=Analysis.FIXED_READERS)


def test_one_reader_is_no_sample_of_readers_and_alone_gives_paired_delong() -> None:
    alone = [test for test in van_dyke() if test.reader == "1"]
    with pytest.raises(ValueError, match="one reader is no sample"):
        analyse(alone, treatments=BOTH)
    found = analyse(alone, treatments=BOTH, analysis=Analysis.FIXED_READERS)
    matrix = covariance(sorted(alone, key=lambda test: test.treatment), Covariance.DELONG)
    assert found.se**2 == pytest.approx(matrix[0, 0] + matrix[1, 1] - 2 * matrix[0, 1])


def without(tests: Sequence[ReaderTest], reader: str, treatment: str, case: str) -> list[ReaderTest]:
    """Take one reading out."""
    return [
        test
        if (test.reader, test.treatment) != (reader, treatment)
        else replace(
            test,
            cases=tuple(name for name in test.cases if name != case),
            truth=np.delete(test.truth, test.cases.index(case)),
            ratings=np.delete(test.ratings, test.cases.index(case)),
        )
        for test in tests
    ]


def test_a_reading_that_is_missing_is_named() -> None:
    with pytest.raises(ValueError, match=r"case 17 .* not by reader 3 under treatment 2"):
        analyse(without(van_dyke(), "3", "2", "17"), treatments=BOTH)


def test_a_reader_with_one_treatment_is_named() -> None:
    tests = [test for test in van_dyke() if (test.reader, test.treatment) != ("4", "1")]
    with pytest.raises(ValueError, match="reader 4 read nothing under treatment 1"):
        analyse(tests, treatments=BOTH)


def test_treatments_that_never_differ_give_an_error_and_no_number() -> None:
    first = [test for test in van_dyke() if test.treatment == "1"]
    with pytest.raises(ValueError, match="no variance"):
        analyse(
            [*first, *(replace(test, treatment="2") for test in first)],
            treatments=BOTH,
            analysis=Analysis.FIXED_READERS,
        )
