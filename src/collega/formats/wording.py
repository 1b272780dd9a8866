"""Sentences that stand in more than one kind of result."""

from collections.abc import Mapping

from collega.formats.local import number
from collega.model.app import Stage
from collega.model.code import Text
from collega.model.finding import Evaluation, Finding, Measurement, Outcome
from collega.model.result import NoAnswer
from collega.model.runtime import Way
from collega.model.trust import Right

NOT_FOR_CLINICAL_USE = Text(
    en="demonstration, not for clinical use",
    nl="demonstratie, niet voor klinisch gebruik",
)
OUTCOMES: Mapping[Outcome | NoAnswer, Text] = {
    Outcome.FOUND: Text(en="found", nl="gevonden"),
    Outcome.NOTHING_FOUND: Text(en="nothing found", nl="niets gevonden"),
    Outcome.UNDETERMINED: Text(en="undetermined", nl="onbeslist"),
    Outcome.NOT_SUITABLE: Text(en="not suitable", nl="niet geschikt"),
    Outcome.FAILED: Text(en="failed", nl="mislukt"),
    NoAnswer.UNAVAILABLE: Text(en="AI unavailable", nl="AI niet beschikbaar"),
    NoAnswer.NO_RULE_OUT: Text(en="looked, does not rule out", nl="gekeken, sluit niet uit"),
    NoAnswer.NOT_ASKED: Text(en="on demand: not asked", nl="op verzoek: niet gevraagd"),
    NoAnswer.OWN_SCREEN: Text(en="own screen: no result", nl="eigen scherm: geen uitslag"),
}
STAGES: Mapping[Stage, Text] = {
    Stage.OFF: Text(en="off", nl="uit"),
    Stage.SHADOW: Text(en="shadow: runs, shown to nobody", nl="schaduw: draait, aan niemand getoond"),
    Stage.PILOT: Text(en="pilot: on the board alone", nl="pilot: alleen op de werklijst"),
    Stage.LIVE: Text(en="live", nl="live"),
    Stage.SUSPENDED: Text(en="stopped", nl="stilgezet"),
}
WAYS: Mapping[Way, Text] = {
    Way.AUTOMATIC: Text(en="automatic", nl="automatisch"),
    Way.ON_DEMAND: Text(en="on demand", nl="op verzoek"),
    Way.OWN_SCREEN: Text(en="own screen", nl="eigen scherm"),
}
RIGHTS: Mapping[Right, Text] = {
    Right.PRIORITISE: Text(en="prioritise", nl="prioriteren"),
    Right.RULE_OUT: Text(en="rule out", nl="uitsluiten"),
    Right.LOCALISE: Text(en="show where", nl="aanwijzen waar"),
}
EVALUATIONS: Mapping[Evaluation, Text] = {
    Evaluation.PRESENT: Text(en="present", nl="aanwezig"),
    Evaluation.ABSENT: Text(en="not seen", nl="niet gezien"),
    Evaluation.UNDETERMINED: Text(en="undetermined", nl="onbeslist"),
}
# What was measured, by SNOMED CT code; where a code is missing, the app's own meaning stands.
MEASURED: Mapping[str, Text] = {
    "118565006": Text(en="volume", nl="volume"),
    "410668003": Text(en="length", nl="lengte"),
    "42798000": Text(en="area", nl="oppervlakte"),
}
# UCUM units that people write otherwise.
UNITS: Mapping[str, str] = {
    "ml": "mL",
    "mm2": "mm²",
    "cm2": "cm²",
    "mm3": "mm³",
    "cm3": "cm³",
    "[hnsf'U]": "HU",
    "1": "",
}
WHOLE_FROM, TENTHS_FROM = 100, 1


def finding_words(name: Text, finding: Finding) -> Text:
    """One finding in words: what, whether, its score (no probability unless its app says so), and its measurements."""
    return Text(en=_in_one(name, finding, "en"), nl=_in_one(name, finding, "nl"))


def _in_one(name: Text, finding: Finding, language: str) -> str:
    word = EVALUATIONS[finding.evaluation].in_language(language)
    parts = [f"{name.in_language(language)}: {word}", score_words(finding.score.presence_percent, language)]
    return ", ".join([*parts, *(measured(item, language) for item in finding.measurements)])


def measured(item: Measurement, language: str) -> str:
    """Put a measurement into words: name, value, unit."""
    known = MEASURED.get(item.name.value) if item.name.scheme == "SCT" else None
    name = known.in_language(language) if known else item.name.meaning
    return f"{name} {_rounded(item.value, language)} {UNITS.get(item.unit, item.unit)}".rstrip()


def score_words(percent: float, language: str) -> str:
    """Put a score for presence into words, on the scale of all apps."""
    return f"score {number(percent, language, '.1f')}/100"


def _rounded(value: float, language: str) -> str:
    """As many digits as a reader needs: tenths below a hundred, two digits below one, never nought for what is none."""
    if abs(value) >= WHOLE_FROM:
        return number(value, language, ".0f")
    return number(value, language, ".1f" if abs(value) >= TENTHS_FROM or value == 0 else ".2g")
