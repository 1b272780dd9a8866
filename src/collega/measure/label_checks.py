"""Which reports are read again for a label check, and what their reading tells of the labels' error."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from collega.errors import InputError
from collega.model.label import LabelWord, ReportLabels
from collega.model.label_check import ABNORMAL, REPORTS, CheckItem, LabelCheck
from collega.model.reference import TruthWord
from collega.stats.label_error import LabelError, label_error, sides

# What was there once is not there now; a report that is silent says no.
WORDS: Mapping[LabelWord, TruthWord] = {
    LabelWord.PRESENT: TruthWord.PRESENT,
    LabelWord.ABSENT: TruthWord.ABSENT,
    LabelWord.UNCERTAIN: TruthWord.UNCERTAIN,
    LabelWord.HISTORIC: TruthWord.ABSENT,
}
REST = "none"
SAID = (TruthWord.PRESENT, TruthWord.ABSENT, TruthWord.UNCERTAIN)


@dataclass(frozen=True, kw_only=True, slots=True)
class Draw:
    """How reports are drawn."""

    key: str
    seed: int
    at: datetime
    actor: str
    reports: int = REPORTS


def words_of(labels: ReportLabels) -> dict[str, TruthWord]:
    """Give what a report says of each finding that its labeller knows, and of itself: abnormal or not."""
    said = {one.finding_id: WORDS[one.word] for one in labels.labels}
    words = {name: said.get(name, TruthWord.ABSENT) for name in labels.looked_for}
    if labels.is_normal is None:
        return words
    return {**words, ABNORMAL: TruthWord.ABSENT if labels.is_normal else TruthWord.PRESENT}


def draw_check(reports: Sequence[ReportLabels], draw: Draw) -> LabelCheck:
    """Draw reports at random, as many of each stratum as it has, up to an equal share.

    A report's stratum is the rarest finding that the program says is present, so that rare ones occur; ``none`` where
    it says so of no finding.

    Raises
    ------
    InputError
        There is no report, or reports were labelled by more than one labeller.
    """
    labellers = {one.labeller for one in reports}
    if len(labellers) != 1:
        what = "no signed report is labelled" if not labellers else f"labelled by {', '.join(sorted(labellers))}"
        message = f"reports: {what}; a check needs signed reports, labelled by the labeller of today"
        nl = "een controle vraagt getekende verslagen die door de labelaar van nu zijn gelabeld"
        raise InputError(message, nl=nl)
    words = {one.study_key: words_of(one) for one in reports}
    findings = (*reports[0].looked_for, ABNORMAL)
    frame = {name: {word: sum(one.get(name) is word for one in words.values()) for word in SAID} for name in findings}
    generator = random.Random(draw.seed)  # noqa: S311 - drawn again by the same number, and no secret
    strata: dict[str, list[ReportLabels]] = {}
    for report in sorted(reports, key=lambda one: one.study_key):
        strata.setdefault(_stratum(words[report.study_key], frame), []).append(report)
    shares = allotted({name: len(group) for name, group in strata.items()}, draw.reports)
    drawn = [
        (report, name, len(strata[name]) / shares[name])
        for name in sorted(strata)
        for report in generator.sample(strata[name], shares[name])
    ]
    generator.shuffle(drawn)
    items = tuple(
        CheckItem(
            number=number,
            study_key=report.study_key,
            report_version=report.report_version,
            stratum=name,
            weight=weight,
            words=words[report.study_key],
        )
        for number, (report, name, weight) in enumerate(drawn, start=1)
    )
    return LabelCheck(
        key=draw.key,
        labeller=next(iter(labellers)),
        seed=draw.seed,
        findings=findings,
        frame=frame,
        created_at=draw.at,
        actor=draw.actor,
        items=items,
    )


def _stratum(words: Mapping[str, TruthWord], frame: Mapping[str, Mapping[TruthWord, int]]) -> str:
    there = [name for name, word in words.items() if word is TruthWord.PRESENT and name != ABNORMAL]
    return min(there, key=lambda name: (frame[name][TruthWord.PRESENT], name), default=REST)


def allotted(sizes: Mapping[str, int], wanted: int) -> dict[str, int]:
    """Share out what is wanted: to each stratum alike, and what one cannot fill to the others; none gets nothing."""
    shares = dict.fromkeys(sizes, 0)
    left = min(wanted, sum(sizes.values()))
    while left:
        open_ones = sorted(name for name in sizes if shares[name] < sizes[name])
        fair = max(left // len(open_ones), 1)
        for name in open_ones[:left]:
            more = min(fair, sizes[name] - shares[name], left)
            shares[name] += more
            left -= more
    return {name: share for name, share in shares.items() if share}


def error_by_finding(check: LabelCheck, confidence: float = 0.95) -> dict[str, LabelError]:
    """Tell the error of each finding's label; what either calls uncertain is left out, as it is in figures."""
    answers = {one.item: one.words for one in sorted(check.answers, key=lambda one: one.number)}
    told = {}
    for name in check.findings:
        read = [
            (item.words[name] is TruthWord.PRESENT, answers[item.number][name] is TruthWord.PRESENT, item.weight)
            for item in check.items
            if name in answers.get(item.number, {})
            and TruthWord.UNCERTAIN not in {item.words[name], answers[item.number][name]}
        ]
        frame = (check.frame[name][TruthWord.PRESENT], check.frame[name][TruthWord.ABSENT])
        told[name] = label_error(*sides(read, frame), confidence=confidence)
    return told
