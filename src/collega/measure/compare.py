"""Two apps on the same studies: how often they agree, where they do not, and what one could not do (R8, R15)."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from statistics import fmean, median, stdev

from collega.model.code import Code, Text
from collega.model.comparison import Item, ItemState, Said, Side
from collega.model.finding import Evaluation
from collega.stats.paired import mcnemar, tango
from collega.stats.proportion import wilson

Concept = Callable[[Code], tuple[str, str]]
Key = tuple[tuple[str, str], tuple[str, str] | None]
DECIDED = frozenset({Evaluation.PRESENT, Evaluation.ABSENT})
Z95 = 1.959964


@dataclass(frozen=True, kw_only=True, slots=True)
class Differences:
    """Score of B less score of A, in points of 0 to 100.

    ``limits`` are the 95% limits of agreement, within which most differences of single studies lie (mean plus and
    minus 1.96 standard deviations: J. M. Bland, D. G. Altman, Lancet 1 (1986) 307-310); ``interval`` is the 95%
    interval of the mean by the normal approximation. Both None below two studies.
    """

    n: int
    mean: float
    median: float
    largest: float
    interval: tuple[float, float] | None
    limits: tuple[float, float] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Disagreement:
    """A study on which one says present and the other absent; scores in points of 0 to 100."""

    study_instance_uid: str
    a: Evaluation
    b: Evaluation
    score_a: float
    score_b: float


@dataclass(frozen=True, kw_only=True, slots=True)
class PresentCompared:
    """How often each says present, on the studies of which both decided: share of B less that of A.

    ``interval`` is Tango's at 95%, ``p`` McNemar's exact; ``difference`` and ``interval`` are None where no study was
    decided by both.
    """

    a_alone: int
    b_alone: int
    decided: int
    difference: float | None
    interval: tuple[float, float] | None
    p: float


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingCompared:
    """One finding of which both speak.

    ``table`` counts studies by (word of A, word of B). Agreement is counted among those on which both decided:
    ``agree`` of ``decided``, with its 95% interval (Wilson). ``disagreements`` have the widest gap of scores first.
    """

    code: Code
    site: Code | None
    name: Text
    table: Mapping[tuple[Evaluation, Evaluation], int]
    agree: int
    decided: int
    interval: tuple[float, float]
    present: PresentCompared
    scores: Differences
    disagreements: tuple[Disagreement, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """All of a comparison; ``apart`` are the runs that say nothing about findings, each with its reason."""

    studies: int
    compared: int
    states: Mapping[Side, Mapping[ItemState, int]]
    findings: tuple[FindingCompared, ...]
    only: Mapping[Side, tuple[Text, ...]]
    apart: tuple[Item, ...]
    seconds: Mapping[Side, float | None]


@dataclass(slots=True)
class _Tally:
    first: Said
    words: list[tuple[str, Said, Said]] = field(default_factory=list)


def compare(items: Iterable[Item], concept: Concept) -> Report:
    """Set the words of both sides beside each other.

    Parameters
    ----------
    items : iterable of Item
        Two of each study.
    concept : callable
        Gives codes of the same concept the same key.
    """
    pairs: dict[str, dict[Side, Item]] = {}
    for item in items:
        pairs.setdefault(item.study_instance_uid, {})[item.side] = item
    every = [item for pair in pairs.values() for item in pair.values()]
    both = {uid: pair for uid, pair in pairs.items() if _both_analysed(pair)}
    return Report(
        studies=len(pairs),
        compared=len(both),
        states={side: Counter(item.state for item in every if item.side is side) for side in Side},
        findings=tuple(_compared(tally) for tally in _tallies(both, concept)),
        only=_only(every, concept),
        apart=tuple(item for item in every if item.state not in {ItemState.ANALYSED, ItemState.TO_DO}),
        seconds={side: _median_seconds(item for item in every if item.side is side) for side in Side},
    )


def _both_analysed(pair: Mapping[Side, Item]) -> bool:
    return all(side in pair and pair[side].state is ItemState.ANALYSED for side in Side)


def _tallies(both: Mapping[str, Mapping[Side, Item]], concept: Concept) -> list[_Tally]:
    tallies: dict[Key, _Tally] = {}
    for uid, pair in sorted(both.items()):
        words_b = _words(pair[Side.B], concept)
        for key, said in _words(pair[Side.A], concept).items():
            if key in words_b:
                tallies.setdefault(key, _Tally(first=said)).words.append((uid, said, words_b[key]))
    return list(tallies.values())


def _words(item: Item, concept: Concept) -> dict[Key, Said]:
    """One word per finding; of several of the same code and site the one that speaks most for presence."""
    order = (Evaluation.ABSENT, Evaluation.UNDETERMINED, Evaluation.PRESENT)
    words: dict[Key, Said] = {}
    for said in item.findings:
        key = _key(said, concept)
        words[key] = max(words.get(key, said), said, key=lambda one: (order.index(one.evaluation), one.score_percent))
    return words


def _key(said: Said, concept: Concept) -> Key:
    return concept(said.code), concept(said.site) if said.site else None


def _compared(tally: _Tally) -> FindingCompared:
    decided = [(uid, a, b) for uid, a, b in tally.words if {a.evaluation, b.evaluation} <= DECIDED]
    agree = sum(a.evaluation is b.evaluation for _, a, b in decided)
    return FindingCompared(
        code=tally.first.code,
        site=tally.first.site,
        name=tally.first.name,
        table=Counter((a.evaluation, b.evaluation) for _, a, b in tally.words),
        agree=agree,
        decided=len(decided),
        interval=wilson(agree, len(decided)),
        present=_present(decided),
        scores=differences([b.score_percent - a.score_percent for _, a, b in tally.words]),
        disagreements=_disagreements(decided),
    )


def _present(decided: Sequence[tuple[str, Said, Said]]) -> PresentCompared:
    words = Counter((a.evaluation, b.evaluation) for _, a, b in decided)
    a_alone = words[Evaluation.PRESENT, Evaluation.ABSENT]
    b_alone = words[Evaluation.ABSENT, Evaluation.PRESENT]
    n = len(decided)
    return PresentCompared(
        a_alone=a_alone,
        b_alone=b_alone,
        decided=n,
        difference=(b_alone - a_alone) / n if n else None,
        interval=tango(b_alone, a_alone, n) if n else None,
        p=mcnemar(a_alone, b_alone).exact,
    )


def _disagreements(decided: Sequence[tuple[str, Said, Said]]) -> tuple[Disagreement, ...]:
    found = (
        Disagreement(
            study_instance_uid=uid,
            a=a.evaluation,
            b=b.evaluation,
            score_a=a.score_percent,
            score_b=b.score_percent,
        )
        for uid, a, b in decided
        if a.evaluation is not b.evaluation
    )
    return tuple(sorted(found, key=lambda one: (-abs(one.score_b - one.score_a), one.study_instance_uid)))


def differences(values: Sequence[float]) -> Differences:
    """Describe differences of scores; at least one."""
    mean = fmean(values)
    spread = stdev(values) if len(values) > 1 else None
    return Differences(
        n=len(values),
        mean=mean,
        median=median(values),
        largest=max(values, key=abs),
        interval=None if spread is None else _around(mean, Z95 * spread / sqrt(len(values))),
        limits=None if spread is None else _around(mean, Z95 * spread),
    )


def _around(middle: float, half: float) -> tuple[float, float]:
    return middle - half, middle + half


def _only(items: Sequence[Item], concept: Concept) -> dict[Side, tuple[Text, ...]]:
    """Name the findings of which one side alone speaks."""
    spoken: dict[Side, dict[Key, Text]] = {side: {} for side in Side}
    for item in items:
        for said in item.findings:
            spoken[item.side].setdefault(_key(said, concept), said.name)
    return {
        side: tuple(name for key, name in spoken[side].items() if key not in spoken[other])
        for side, other in ((Side.A, Side.B), (Side.B, Side.A))
    }


def _median_seconds(items: Iterable[Item]) -> float | None:
    found = [item.seconds for item in items if item.seconds is not None]
    return median(found) if found else None
