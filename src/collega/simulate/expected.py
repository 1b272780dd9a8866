"""What theory says of a reading list, where it says something."""

from collections.abc import Callable, Mapping

from collega.simulate.interrupted import Interrupted
from collega.simulate.reading_list import Discipline, ReadingList
from collega.simulate.reduced import READERS, Reduced
from collega.simulate.theory import (
    CaseClass,
    Delay,
    cobham,
    preemptive,
    several_non_preemptive,
    several_preemptive,
)

Answer = dict[str, float | None]
KEYS = ("no_ai", "ai_positive", "ai_negative", "diseased", "non_diseased", "gain")


def expected(asked: ReadingList) -> Answer | None:
    """Mean waits in minutes of the cases that do not interrupt; None where no theory is known.

    Parameters
    ----------
    asked : ReadingList

    Returns
    -------
    dict or None
        `KEYS`; a key is None where there is no such case.
    """
    if asked.readers == 1:
        return _one_reader(asked)
    if not _has_one_mean(asked):
        return None
    if asked.interrupting:
        return _interrupted(asked)
    waits = several_preemptive if asked.discipline is Discipline.PREEMPTIVE else several_non_preemptive
    rates = _present(asked)
    (alone,) = waits([asked.rate], asked.minutes, asked.readers)
    found = waits(list(rates.values()), asked.minutes, asked.readers)
    return _mixed(asked, alone, dict(zip(rates, found, strict=True)))


def reduced(asked: ReadingList) -> Answer | None:
    """Mean waits by the approximation that is published for interrupting cases; None for any other list.

    It is there to be held against figures of others. `expected` has the exact ones, and these are what is used.

    Parameters
    ----------
    asked : ReadingList

    Returns
    -------
    dict or None
        `KEYS`.

    References
    ----------
    M. Harchol-Balter, T. Osogami, A. Scheller-Wolf, A. Wierman, Queueing Systems 51 (2005) 331-360, with three phases
    for each busy period as in the regulator's tool (QuCAD).
    """
    rates = _present(asked)
    is_theirs = asked.readers == READERS and asked.interrupting and asked.positive * (1 - asked.positive) > 0
    if not is_theirs or asked.discipline is not Discipline.PREEMPTIVE or not _has_one_mean(asked):
        return None
    classes = Reduced(
        rates=(asked.rate * asked.interrupting, rates["ai_positive"], rates["ai_negative"]),
        means=(asked.interrupting_minutes, asked.minutes, asked.minutes),
    )
    if not classes.is_small:
        return None
    alone, positive = (classes.second(rate) for rate in (sum(rates.values()), rates["ai_positive"]))
    negative = classes.third()
    if alone is None or positive is None or negative is None:
        return None
    return _mixed(asked, alone, {"ai_positive": positive, "ai_negative": negative})


def _has_one_mean(asked: ReadingList) -> bool:
    """Whether cases that do not interrupt take equally long, and readers do nothing else."""
    return not asked.away_minutes and (asked.minutes_diseased == asked.minutes_other or asked.prevalence in (0, 1))


def _present(asked: ReadingList) -> dict[str, float]:
    """Arrivals in a minute of the classes that there are, the more urgent first."""
    ordinary = asked.rate * (1 - asked.interrupting)
    both = {"ai_positive": ordinary * asked.positive, "ai_negative": ordinary * (1 - asked.positive)}
    return {name: rate for name, rate in both.items() if rate > 0}


def _mixed(asked: ReadingList, alone: float, waits: Mapping[str, float]) -> Answer:
    """Mix waits that do not depend on a case's own reading time."""
    return _answer(asked, alone, waits, lambda name, _: waits[name])


def _answer(asked: ReadingList, alone: float, waits: Mapping[str, float], of: Callable[[str, float], float]) -> Answer:
    """Put the answer together from the wait without AI, those of the classes, and ``of`` a reading time in a class."""
    told: Answer = {"no_ai": alone, "ai_positive": waits.get("ai_positive"), "ai_negative": waits.get("ai_negative")}
    for name, share, called, minutes in (
        ("diseased", asked.prevalence, asked.sensitivity, asked.minutes_diseased),
        ("non_diseased", 1 - asked.prevalence, asked.fpf, asked.minutes_other),
    ):
        parts = {"ai_positive": called, "ai_negative": 1 - called}
        told[name] = sum(part * of(key, minutes) for key, part in parts.items() if part) if share else None
    diseased = told["diseased"]
    told["gain"] = None if diseased is None else diseased - alone
    return told


def _one_reader(asked: ReadingList) -> Answer | None:
    """M/G/1: reading times of a class are a mixture of exponentials."""
    if asked.discipline is Discipline.NON_PREEMPTIVE and asked.interrupting:
        return None
    if asked.away_minutes and (asked.discipline is Discipline.PREEMPTIVE or asked.interrupting):
        return None
    ordinary = asked.rate * (1 - asked.interrupting)
    first = [_exponential((asked.rate * asked.interrupting, asked.interrupting_minutes))] if asked.interrupting else []
    diseased, other = ordinary * asked.prevalence, ordinary * (1 - asked.prevalence)
    classes = {
        "ai_positive": _of(asked, diseased * asked.sensitivity, other * asked.fpf),
        "ai_negative": _of(asked, diseased * (1 - asked.sensitivity), other * (1 - asked.fpf)),
    }
    there = {name: one for name, one in classes.items() if one.rate > 0}
    everything = _of(asked, diseased, other)
    alone = _delays(asked, [*first, everything])[-1]
    delays = dict(zip(there, _delays(asked, [*first, *there.values()])[len(first) :], strict=True))
    waits = {name: delays[name].wait(one.mean) for name, one in there.items()}
    return _answer(
        asked,
        alone.wait(everything.mean),
        waits,
        lambda name, minutes: delays[name].wait(minutes),
    )


def _of(asked: ReadingList, diseased: float, other: float) -> CaseClass:
    return _exponential((diseased, asked.minutes_diseased), (other, asked.minutes_other))


def _exponential(*parts: tuple[float, float]) -> CaseClass:
    """Mix exponential reading times, each given by rate of arrival and mean."""
    rate = sum(part for part, _ in parts)
    if not rate:
        return CaseClass(rate=0.0, mean=0.0, square=0.0)
    return CaseClass(
        rate=rate,
        mean=sum(part * mean for part, mean in parts) / rate,
        square=sum(part * 2 * mean**2 for part, mean in parts) / rate,
    )


def _delays(asked: ReadingList, classes: list[CaseClass]) -> list[Delay]:
    return preemptive(classes) if asked.discipline is Discipline.PREEMPTIVE else cobham(classes, asked.away_minutes)


def _interrupted(asked: ReadingList) -> Answer | None:
    """Several readers and interrupting cases: both classes of the AI together wait what all wait without it."""
    if asked.discipline is Discipline.NON_PREEMPTIVE:
        return None
    rates = _present(asked)

    def wait(rate: float) -> float | None:
        chain = Interrupted(
            servers=asked.readers,
            first_rate=asked.rate * asked.interrupting,
            first_mean=asked.interrupting_minutes,
            rate=rate,
            mean=asked.minutes,
        )
        return chain.wait() if chain.is_small else None

    alone = wait(sum(rates.values()))
    positive = wait(rates["ai_positive"]) if "ai_positive" in rates else 0.0
    if alone is None or positive is None:
        return None
    share = asked.positive
    waits = {"ai_positive": positive, "ai_negative": (alone - share * positive) / (1 - share) if share < 1 else 0.0}
    return _mixed(asked, alone, {name: waits[name] for name in rates})
