"""What an app says, as ORU^R01: preliminary observations under a service of their own, never a radiologist's report."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from collega.formats.dicom_codes import CERTAINTY, EVALUATIONS, PERCENT, PRESENCE_SCORE, PRIVATE_SCHEME, unit_code
from collega.formats.hl7.message import Hl7Message, decoded
from collega.formats.hl7.write import APPLICATION, Envelope, Fields, coded, composite, encoded, header, moment, patient
from collega.formats.hl7.write import segment as written
from collega.formats.hl7.write import text as plain
from collega.formats.wording import EVALUATIONS as WORDS
from collega.formats.wording import NOT_FOR_CLINICAL_USE, OUTCOMES
from collega.model.app import Manifest
from collega.model.code import Code, Text
from collega.model.finding import AppResult, Evaluation, Finding, Outcome
from collega.model.merge import Identity
from collega.model.result import NoAnswer
from collega.model.study import Study

KIND = ("ORU", "R01", "ORU_R01")
PRELIMINARY, NO_RESULT, DELETED = "P", "X", "D"  # tables 0085 and 0123
OUTCOME = Code(scheme=PRIVATE_SCHEME, value="ai-outcome", meaning="Outcome of the AI")
IN_WORDS = Code(scheme=PRIVATE_SCHEME, value="ai-text", meaning="AI in words")
ACCESSION = Code(scheme=PRIVATE_SCHEME, value="accession-number", meaning="Accession Number")
REPORT_OBJECT = Code(scheme=PRIVATE_SCHEME, value="result-object", meaning="Structured report of the AI")
STUDY_UID = Code(scheme="DCM", value="110180", meaning="Study Instance UID")
SITE = Code(scheme="SCT", value="363698007", meaning="Finding Site")
SCORE_UNIT = Code(scheme="UCUM", value="{score:0-100}", meaning="score from 0 to 100")
LABEL = Text(
    en="AI RESULT, PRELIMINARY, NOT CHECKED BY A RADIOLOGIST",
    nl="AI-UITSLAG, VOORLOPIG, NIET DOOR EEN RADIOLOOG BEOORDEELD",
)
NAMES: Mapping[Code, Text] = {
    OUTCOME: Text(en="Outcome of the AI", nl="Uitkomst van de AI"),
    IN_WORDS: Text(en="AI in words", nl="AI in woorden"),
    PRESENCE_SCORE: Text(en=PRESENCE_SCORE.meaning, nl="Score voor aanwezigheid (0-100)"),
    SITE: Text(en="Finding Site", nl="Plaats van de bevinding"),
}
SIGNIFICANT, DECIMALS = 4, 10
# Fields by which an earlier observation is named again: type, identifier, group, unit, method.
NAMING = (2, 3, 4, 6, 17)


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What one message says.

    ``result`` holds only what may be said, ``outcome`` the one word for it, ``summary`` a sentence. ``number`` is our
    filler number, the same for all that an app ever says of a study; ``turn`` counts the messages under it, from 1;
    ``earlier`` are the observations that this one takes back.
    """

    study: Study
    manifest: Manifest
    result: AppResult
    outcome: Outcome | NoAnswer
    summary: Text
    number: str
    turn: int = 1
    report_uid: str = ""
    earlier: Sequence[Fields] = field(default=())


def results_message(envelope: Envelope, told: Told) -> bytes:
    """Write what an app says; what it said before is deleted in the same message."""
    lines = [*_again(told.earlier, DELETED), *_observations(envelope, told)]
    return _message(envelope, told.study, told.number, PRELIMINARY, lines)


def withdrawal_message(
    envelope: Envelope, study: Study, number: str, earlier: Sequence[Fields], pid: str = ""
) -> bytes:
    """Take back what an app said, where nothing takes its place; ``pid``: of whom it was said, where of another."""
    return _message(envelope, study, number, NO_RESULT, list(_again(earlier, NO_RESULT)), pid)


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """By what a message of ours names its study: the patient, as segment and as number, and the accession number."""

    pid: str
    number: Identity
    accession: str


def named(message: bytes) -> Named:
    """Read from a message of ours by what it names its study."""
    text, _ = decoded(message)
    found = Hl7Message(text)
    pid = found.first("PID")
    accessions = [line.value(5) for line in found.segments if line.name == "OBX" and line.value(3) == ACCESSION.value]
    return Named(
        pid=next(line for line in text.split("\r") if line.startswith("PID")),
        number=Identity(pid.value(3, 4), pid.value(3)),
        accession="".join(accessions),
    )


def standing(message: bytes) -> list[Fields]:
    """Read from a message of ours the observations that it leaves standing."""
    found = Hl7Message(decoded(message)[0])
    return [
        {number: item.field(number) for number in NAMING}
        for item in found.segments
        if item.name == "OBX" and item.field(11) == PRELIMINARY
    ]


def _message(  # noqa: PLR0913 - one message
    envelope: Envelope, study: Study, number: str, status: str, lines: Sequence[Fields], pid: str = ""
) -> bytes:
    service, at = envelope.destination.service, moment(envelope.at)
    zone = envelope.at.tzinfo
    request = {
        1: "1",
        # OBR-2 stays empty and OBR-3 is our own: by neither does a receiver find the radiologist's report.
        3: composite(number, APPLICATION),
        4: composite(service.code, service.text, PRIVATE_SCHEME),
        7: moment(study.study_at.astimezone(zone)) if study.study_at else at,
        22: at,
        24: plain(service.section),
        25: status,
    }
    observations = [written("OBX", {1: str(place), 14: at, **line}) for place, line in enumerate(lines, 1)]
    segments = [header(envelope, KIND), pid or patient(study.patient), written("OBR", request), *observations]
    return encoded(envelope, segments)


def _again(earlier: Sequence[Fields], status: str) -> Iterator[Fields]:
    """Name earlier observations without their values: nobody is to read what no longer stands."""
    for line in earlier:
        yield {**line, 11: status}


def _observations(envelope: Envelope, told: Told) -> Iterator[Fields]:
    language = envelope.destination.language
    method = _method(told.manifest, language)
    common = {11: PRELIMINARY, 17: method}
    for line in _on_study(told, language):
        yield {**line, 4: f"{told.turn}.0", **common}
    for place, finding in enumerate(told.result.findings, 1):
        for line in _on_finding(finding, told.manifest, language):
            yield {**line, 4: f"{told.turn}.{place}", **common}


def _on_study(told: Told, language: str) -> Iterator[Fields]:
    word = OUTCOMES[told.outcome].in_language(language)
    yield _line("CWE", OUTCOME, composite(told.outcome, word, PRIVATE_SCHEME), language)
    name = f"{told.manifest.name.in_language(language)} {told.manifest.version}"
    said = f"{LABEL.in_language(language)}. {name}: {word}. {told.summary.in_language(language)}"
    use = "" if told.manifest.clinical_use else f" ({NOT_FOR_CLINICAL_USE.in_language(language)})"
    yield _line("TX", IN_WORDS, plain(said + use), language)
    yield _line("RP", STUDY_UID, _pointer(told.study.study_instance_uid), language)
    if told.report_uid:
        yield _line("RP", REPORT_OBJECT, _pointer(told.report_uid), language)
    if told.study.accession_number:
        yield _line("ST", ACCESSION, plain(told.study.accession_number), language)


def _on_finding(finding: Finding, manifest: Manifest, language: str) -> Iterator[Fields]:
    spec = manifest.finding(finding.id)
    identifier = coded(finding.code, spec.name.in_language(language) if spec else "")
    presence = coded(EVALUATIONS[finding.evaluation], WORDS[finding.evaluation].in_language(language))
    yield {2: "CWE", 3: identifier, 5: presence}
    percent = finding.score.presence_percent
    yield {**_line("NM", PRESENCE_SCORE, number(percent), language), 6: coded(SCORE_UNIT)}
    if finding.score.calibrated and finding.evaluation is Evaluation.PRESENT:
        yield {**_line("NM", CERTAINTY, number(percent), language), 6: coded(PERCENT)}
    if finding.site is not None:
        yield _line("CWE", SITE, coded(finding.site), language)
    for item in finding.measurements:
        yield {**_line("NM", item.name, number(item.value), language), 6: coded(unit_code(item.unit))}


def _line(kind: str, code: Code, value: str, language: str) -> Fields:
    name = NAMES.get(code)
    return {2: kind, 3: coded(code, name.in_language(language) if name else ""), 5: value}


def _method(manifest: Manifest, language: str) -> str:
    """Name the algorithm with its version (OBX-17)."""
    name = f"{manifest.name.in_language(language)} {manifest.version}"
    return composite(f"{manifest.id}:{manifest.version}", name, PRIVATE_SCHEME)


def _pointer(uid: str) -> str:
    return composite(uid, APPLICATION, "AP", "DICOM")


def number(value: float) -> str:
    """Write a number with four significant digits in the sixteen characters of NM, which knows no exponent."""
    rounded = round(value, DECIMALS) or 0.0  # no minus before a nought
    return format(Decimal(f"{rounded:.{SIGNIFICANT}g}"), "f")
