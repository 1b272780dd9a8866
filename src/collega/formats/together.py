"""One list of findings by anatomical site and code, with each app's word beside it (R8, R66).

Two apps agree only where both have decided: an app that is undetermined, failed, or could not use
the study, agrees with nobody.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from collega.formats.wording import EVALUATIONS, OUTCOMES
from collega.model.app import FindingSpec, Manifest
from collega.model.code import Code, Text
from collega.model.finding import Evaluation, Finding, Outcome

Concept = Callable[[Code], tuple[str, str]]
Key = tuple[tuple[str, str] | None, tuple[str, str]]
DECIDED = frozenset({Evaluation.PRESENT, Evaluation.ABSENT})
# Where an app speaks several times of one thing, the word that speaks most for presence counts.
LOUDEST = (Evaluation.ABSENT, Evaluation.UNDETERMINED, Evaluation.PRESENT)


class Agreement(StrEnum):
    """How the words of several apps on one finding go together."""

    ALONE = "alone"
    AGREE = "agree"
    DISAGREE = "disagree"
    OPEN = "open"


AGREEMENTS: Mapping[Agreement, Text] = {
    Agreement.ALONE: Text(en="one app", nl="één app"),
    Agreement.AGREE: Text(en="the apps agree", nl="de apps zijn het eens"),
    Agreement.DISAGREE: Text(en="THE APPS DISAGREE", nl="DE APPS ZIJN HET ONEENS"),
    Agreement.OPEN: Text(en="not decided by more than one app", nl="niet door meer dan één app beslist"),
}
NOT_YET = Text(en="no answer yet", nl="nog geen antwoord")


@dataclass(frozen=True, kw_only=True, slots=True)
class AppSaid:
    """One app's part in a study: its findings, or the outcome (None: not ended) in place of each that it looks for."""

    app_id: str
    version: str
    name: Text
    stage: str
    outcome: Outcome | None
    findings: tuple[Finding, ...]
    looks_for: tuple[FindingSpec, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """One app's word on one finding; the score, 0 to 100 for presence, and the finding's id only where it gave one."""

    app_id: str
    version: str
    name: Text
    stage: str
    said: Evaluation | Outcome | None
    score_percent: float | None
    finding_id: str = ""

    @property
    def text(self) -> Text:
        """The word for a reader."""
        if self.said is None:
            return NOT_YET
        return EVALUATIONS[self.said] if isinstance(self.said, Evaluation) else OUTCOMES[self.said]


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One finding with the word of each app that looks for it."""

    code: Code
    site: Code | None
    name: Text
    words: tuple[Word, ...]

    @property
    def agreement(self) -> Agreement:
        """Whether those who decided say the same."""
        decided = [word.said for word in self.words if word.said in DECIDED]
        if len(set(decided)) > 1:
            return Agreement.DISAGREE
        if len(self.words) == 1:
            return Agreement.ALONE
        return Agreement.AGREE if len(decided) > 1 else Agreement.OPEN

    def in_words(self, language: str) -> str:
        """Say it in one sentence."""
        site = f" ({self.site.meaning})" if self.site else ""
        said = "; ".join(f"{word.name.in_language(language)}: {word.text.in_language(language)}" for word in self.words)
        sentence = f"{self.name.in_language(language)}{site}: {said}"
        return sentence if self.agreement is Agreement.ALONE else f"{sentence}. {self._verdict(language)}."

    def _verdict(self, language: str) -> str:
        words = AGREEMENTS[self.agreement].in_language(language)
        return words[0].upper() + words[1:]


def said_of(manifest: Manifest, outcome: Outcome | None, findings: Sequence[Finding], stage: str = "") -> AppSaid:
    """Gather an app's part in a study."""
    return AppSaid(
        app_id=manifest.id,
        version=manifest.version,
        name=manifest.name,
        stage=stage,
        outcome=outcome,
        findings=tuple(findings),
        looks_for=manifest.findings,
    )


def sayable(findings: Iterable[Finding], *, may_rule_out: bool) -> list[Finding]:
    """Leave out what an app may not say to readers: that something is absent."""
    return [item for item in findings if may_rule_out or item.evaluation is not Evaluation.ABSENT]


def together(apps: Iterable[AppSaid], concept: Concept) -> list[Row]:
    """Put the words of all apps of a study in one list, in the order of site, then finding.

    Parameters
    ----------
    apps : iterable of AppSaid
    concept : callable
        Gives codes of the same concept the same key.
    """
    rows: dict[Key, Row] = {}
    for app in apps:
        for key, (code, site, name, word) in _words(app, concept).items():
            row = rows.get(key) or Row(code=code, site=site, name=name, words=())
            rows[key] = Row(code=row.code, site=row.site, name=row.name, words=(*row.words, word))
    return [rows[key] for key in sorted(rows, key=lambda key: (key[0] or ("", ""), key[1]))]


def shared(rows: Iterable[Row]) -> list[Row]:
    """Give the findings that two or more apps look for, and of which at least one has said something."""
    return [row for row in rows if len(row.words) > 1 and any(isinstance(word.said, Evaluation) for word in row.words)]


Spoken = tuple[Code, Code | None, Text, Word]


def _words(app: AppSaid, concept: Concept) -> dict[Key, Spoken]:
    names = {spec.id: spec.name for spec in app.looks_for}
    words: dict[Key, Spoken] = {}
    for item in app.findings:
        name = names.get(item.id, Text(en=item.code.meaning, nl=item.code.meaning))
        key = _key(item.code, item.site, concept)
        word = replace(_word(app, item.evaluation, item.score.presence_percent), finding_id=item.id)
        spoken = (item.code, item.site, name, word)
        words[key] = _louder(words.get(key), spoken)
    if app.outcome in {None, Outcome.FAILED, Outcome.NOT_SUITABLE}:
        for spec in app.looks_for:
            silent = (spec.code, spec.site, spec.name, _word(app, app.outcome, None))
            words.setdefault(_key(spec.code, spec.site, concept), silent)
    return words


def _key(code: Code, site: Code | None, concept: Concept) -> Key:
    return (concept(site) if site else None, concept(code))


def _word(app: AppSaid, said: Evaluation | Outcome | None, score: float | None) -> Word:
    return Word(app_id=app.app_id, version=app.version, name=app.name, stage=app.stage, said=said, score_percent=score)


def _louder(before: Spoken | None, after: Spoken) -> Spoken:
    if before is None:
        return after
    return max(before, after, key=_loudness)


def _loudness(spoken: Spoken) -> tuple[int, float]:
    word = spoken[3]
    place = LOUDEST.index(word.said) if isinstance(word.said, Evaluation) else -1
    return place, word.score_percent or 0.0
