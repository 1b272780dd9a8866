"""Weights that give a sample the known shares of those it speaks for."""

from collections.abc import Mapping, Sequence

TOLERANCE, ROUNDS = 1e-10, 1000


def rake(people: Sequence[Mapping[str, str]], margins: Mapping[str, Mapping[str, float]]) -> list[float]:
    """Give each person a weight, mean 1, so that every margin has its shares: iterative proportional fitting.

    Parameters
    ----------
    people : sequence of mapping
        Group of each person by name of the margin; every one is there.
    margins : mapping
        Share of each group by name of the margin; those of a margin add to 1.

    Raises
    ------
    ValueError
        Shares do not add to 1, a group of the margin is empty or unknown, or the margins cannot all be met.

    References
    ----------
    W. E. Deming, F. F. Stephan, Ann. Math. Stat. 11 (1940) 427-444.
    """
    _check(people, margins)
    weights = [1.0] * len(people)
    worst = 0.0
    for _ in range(ROUNDS):
        worst = 0.0
        for name, shares in margins.items():
            totals = dict.fromkeys(shares, 0.0)
            for one, weight in zip(people, weights, strict=True):
                totals[one[name]] += weight
            factors = {group: share * len(people) / totals[group] for group, share in shares.items() if share}
            worst = max(worst, *(abs(factor - 1) for factor in factors.values()))
            weights = [weight * factors[one[name]] for one, weight in zip(people, weights, strict=True)]
        if worst < TOLERANCE:
            return weights
    message = f"the margins cannot all be met: after {ROUNDS} rounds a group is still {worst:.1%} off"
    raise ValueError(message)


def effective(weights: Sequence[float]) -> float:
    """Size of the sample without weights that would tell as much.

    References
    ----------
    L. Kish, Survey Sampling (1965), section 11.7.
    """
    squares = sum(weight * weight for weight in weights)
    return sum(weights) ** 2 / squares if squares else 0.0


def _check(people: Sequence[Mapping[str, str]], margins: Mapping[str, Mapping[str, float]]) -> None:
    for name, shares in margins.items():
        seen = {one[name] for one in people}
        wanted = {group for group, share in shares.items() if share > 0}
        if abs(sum(shares.values()) - 1) > 1e-6 or min(shares.values(), default=0) < 0:  # noqa: PLR2004 - rounding
            message = f"the shares of {name} do not add to 1"
            raise ValueError(message)
        if seen != wanted:
            message = f"{name}: people are of {', '.join(sorted(seen))}, shares of {', '.join(sorted(wanted))}"
            raise ValueError(message)
