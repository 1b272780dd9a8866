"""What apps say, in FHIR R4: Device, Observation, DiagnosticReport. Never final, and never the radiologist's report."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from collega.formats.dicom_codes import (
    EVALUATIONS,
    NO_UNITS,
    PRESENCE_SCORE,
    PRESENCE_THRESHOLD,
    PRIVATE_SCHEME,
)
from collega.formats.dicom_numbers import threshold_percent
from collega.formats.fhir_parts import (
    DICOM_UID,
    Frame,
    Part,
    coding,
    concept,
    instant,
    order,
    own,
    quantity,
    reference,
    resource,
)
from collega.formats.fhir_search import Kind
from collega.formats.wording import NOT_FOR_CLINICAL_USE, OUTCOMES, finding_words
from collega.model.code import Code, Text
from collega.model.finding import Direction, Evaluation, Finding, Outcome
from collega.model.job import JobState
from collega.model.result import AppIdentity, NoAnswer
from collega.model.study import Priority


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """A finding with its place in the answer, and what its app calls it."""

    ordinal: int
    name: Text
    finding: Finding


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """One app's work on one study, as far as it may be told.

    ``word`` is None while there is nothing to say; ``findings`` are those that may be named.
    """

    key: str
    study_key: str
    patient_key: str
    accession_number: str
    study_at: datetime | None
    priority: Priority
    app: AppIdentity
    state: JobState
    word: Outcome | NoAnswer | None
    reason_code: str
    reason: Text | None
    created_at: datetime
    changed_at: datetime
    answered_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    findings: tuple[Named, ...] = ()


# Who may not rule out and saw nothing has no result: a preliminary report without findings would be read as a negative.
ANSWERED = frozenset({Outcome.FOUND, Outcome.NOTHING_FOUND, Outcome.UNDETERMINED})
PRELIMINARY = "preliminary"
# R4: "the report is unavailable because the measurement was not started or not completed".
CANCELLED = "cancelled"
# R4 v3-ObservationInterpretation.
INTERPRETATIONS: Mapping[Evaluation, tuple[str, str]] = {
    Evaluation.PRESENT: ("POS", "Positive"),
    Evaluation.ABSENT: ("NEG", "Negative"),
    Evaluation.UNDETERMINED: ("IND", "Indeterminate"),
}
INTERPRETATION_SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
CATEGORY_SYSTEM = "http://terminology.hl7.org/CodeSystem/observation-category"
SECTION_SYSTEM = "http://terminology.hl7.org/CodeSystem/v2-0074"
CALIBRATED = Code(scheme=PRIVATE_SCHEME, value="score-calibrated", meaning="Score is calibrated as a probability")
OWN_SCALE = Code(scheme=PRIVATE_SCHEME, value="score-own-scale", meaning="Score on the app's own scale")

BY_SOFTWARE = Text(
    en="Result of software, not read by a radiologist; not the report of the examination.",
    nl="Resultaat van software, niet beoordeeld door een radioloog; niet het verslag van het onderzoek.",
)
NO_RESULT = Text(
    en="There is no result: this does not mean that nothing was found.",
    nl="Er is geen resultaat: dat betekent niet dat er niets is gevonden.",
)
SERVICE = Text(en="AI result, not a radiologist's report", nl="AI-resultaat, geen verslag van een radioloog")
METHOD = Text(en="automated analysis of images", nl="geautomatiseerde beeldanalyse")
NOT_CONFIRMED = Text(
    en="by the app, not confirmed by a reader", nl="volgens de app, niet bevestigd door een beoordelaar"
)
SCALES: Mapping[Direction, Text] = {
    Direction.HIGHER_IS_PRESENT: Text(
        en="range of the scale, no normal values; higher speaks for presence",
        nl="bereik van de schaal, geen normaalwaarden; hoger pleit voor aanwezigheid",
    ),
    Direction.LOWER_IS_PRESENT: Text(
        en="range of the scale, no normal values; lower speaks for presence",
        nl="bereik van de schaal, geen normaalwaarden; lager pleit voor aanwezigheid",
    ),
}


def device(app: AppIdentity, frame: Frame) -> Part:
    """Write a Device: one version of an app."""
    return resource(
        Kind.DEVICE,
        app.device_uid,
        None,
        language=frame.language,
        identifier=[{"system": DICOM_UID, "value": f"urn:oid:{app.device_uid}"}],
        status="active",
        manufacturer=app.vendor,
        deviceName=[{"name": app.name.in_language(frame.language), "type": "user-friendly-name"}],
        modelNumber=app.id,
        version=[{"value": app.version}],
        note=_notes(app, frame),
    )


def _notes(app: AppIdentity, frame: Frame) -> list[Part]:
    return [] if app.clinical_use else [{"text": NOT_FOR_CLINICAL_USE.in_language(frame.language)}]


def observation_key(work: Work, named: Named) -> str:
    """Name the Observation of a finding."""
    return f"{work.key}.{named.ordinal}"


def _about(work: Work, frame: Frame) -> Part:
    """Say what Observation and DiagnosticReport have in common."""
    return {
        "language": frame.language,
        "basedOn": order(work.accession_number, frame),
        "subject": reference(Kind.PATIENT, work.patient_key),
        "effectiveDateTime": instant(work.study_at),
        "issued": instant(work.answered_at),
    }


def observation(work: Work, named: Named, frame: Frame) -> Part:
    """Write the Observation of one finding; it stays preliminary, since no reader's word is part of it."""
    finding = named.finding
    name = named.name.in_language(frame.language)
    code, display = INTERPRETATIONS[finding.evaluation]
    return resource(
        Kind.OBSERVATION,
        observation_key(work, named),
        work.changed_at,
        **_about(work, frame),
        status=PRELIMINARY,
        category=[{"coding": [{"system": CATEGORY_SYSTEM, "code": "imaging", "display": "Imaging"}]}],
        code=concept(finding.code, name),
        valueCodeableConcept=concept(EVALUATIONS[finding.evaluation]),
        interpretation=[
            {
                "coding": [{"system": INTERPRETATION_SYSTEM, "code": code, "display": display}],
                "text": NOT_CONFIRMED.in_language(frame.language),
            }
        ],
        note=[
            {"text": finding_words(named.name, finding).in_language(frame.language)},
            {"text": BY_SOFTWARE.in_language(frame.language)},
            *_notes(work.app, frame),
        ],
        bodySite=concept(finding.site) if finding.site else None,
        method={"text": METHOD.in_language(frame.language)},
        device={**reference(Kind.DEVICE, work.app.device_uid), "display": f"{work.app.id} {work.app.version}"},
        derivedFrom=[reference(Kind.IMAGING_STUDY, work.study_key)],
        component=list(_components(finding, frame)),
    )


def _components(finding: Finding, frame: Frame) -> Iterator[Part]:
    """Give the score as DICOM has it, as the app has it, whether it is a probability, and what was measured."""
    score = finding.score
    yield {"code": concept(PRESENCE_SCORE), **quantity(score.presence_percent, NO_UNITS.value), **_range(0.0, 100.0)}
    words = SCALES[score.direction].in_language(frame.language)
    yield {
        "code": concept(OWN_SCALE),
        **quantity(score.value, NO_UNITS.value),
        **_range(score.low, score.high, words),
    }
    yield {"code": concept(CALIBRATED), "valueBoolean": score.calibrated}
    if finding.threshold is not None:
        limit = threshold_percent(score, finding.threshold)
        yield {"code": concept(PRESENCE_THRESHOLD), **quantity(limit, NO_UNITS.value)}
    for item in finding.measurements:
        yield {"code": concept(item.name), **quantity(item.value, item.unit)}


def _range(low: float, high: float, words: str = "") -> Part:
    ends = {"low": quantity(low, NO_UNITS.value), "high": quantity(high, NO_UNITS.value)}
    found = {name: end["valueQuantity"] for name, end in ends.items() if "valueQuantity" in end}
    return {"referenceRange": [{**found, "text": words}]} if found else {}


def report_status(word: Outcome | NoAnswer) -> str:
    """Tell how far a report is: an answer is preliminary for good, what is no answer is none."""
    return PRELIMINARY if word in ANSWERED else CANCELLED


def diagnostic_report(work: Work, frame: Frame) -> Part:
    """Write the DiagnosticReport of an app's answer; that it has none is said in words too."""
    if work.word is None:
        message = f"job {work.key} has no word to report"
        raise ValueError(message)
    word = OUTCOMES[work.word].in_language(frame.language)
    sentences = [f"{work.app.name.in_language(frame.language)}: {word}."]
    if work.word in ANSWERED:
        sentences += [
            f"{finding_words(item.name, item.finding).in_language(frame.language)}." for item in work.findings
        ]
    else:
        sentences += [work.reason.in_language(frame.language) if work.reason else ""]
        sentences += [NO_RESULT.in_language(frame.language)]
    sentences += [BY_SOFTWARE.in_language(frame.language), *(note["text"] + "." for note in _notes(work.app, frame))]
    return resource(
        Kind.DIAGNOSTIC_REPORT,
        work.key,
        work.changed_at,
        **_about(work, frame),
        status=report_status(work.word),
        category=[
            {"coding": [{"system": SECTION_SYSTEM, "code": "RAD", "display": "Radiology"}]},
            own("ai-result", SERVICE, frame.language),
        ],
        code=service(work.app, frame),
        result=[reference(Kind.OBSERVATION, observation_key(work, item)) for item in work.findings],
        imagingStudy=[reference(Kind.IMAGING_STUDY, work.study_key)],
        conclusion="\n".join(filter(None, sentences)),
        conclusionCode=[own(work.word, OUTCOMES[work.word], frame.language)],
    )


def service(app: AppIdentity, frame: Frame) -> Part:
    """Name what was done: a service of the app's own, with no code that a radiologist's report has too."""
    code = Code(scheme=PRIVATE_SCHEME, value=app.id, meaning=f"AI: {app.id} {app.version}"[:64])
    return {"coding": [coding(code)], "text": f"AI: {app.name.in_language(frame.language)}"}
