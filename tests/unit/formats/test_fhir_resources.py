"""FHIR resources stay valid and honest whatever a header or an app has put into them; searches are read or refused."""

import contextlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import given, settings
from hypothesis import strategies as st

from collega.errors import InputError
from collega.formats.fhir_bundle import capability_statement, operation_outcome
from collega.formats.fhir_parts import Frame, patient
from collega.formats.fhir_result import CANCELLED, PRELIMINARY, Named, Work, device, diagnostic_report, observation
from collega.formats.fhir_search import PARAMETERS, Kind, cursor, read_cursor, read_search
from collega.formats.fhir_study import SeriesPart, StudyPart, imaging_study
from collega.formats.fhir_task import STATUS, task
from collega.model.code import Code, Text
from collega.model.finding import Direction, Evaluation, Finding, Measurement, Outcome, Score
from collega.model.job import JobState
from collega.model.result import AppIdentity, NoAnswer
from collega.model.study import Patient, Priority, StudyState

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
# What stands in a database: any text without a NUL, or halves of signs.
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
# Names and codes have been through the checks of a manifest: something in them can be read.
NAMES = WORDS.filter(lambda words: any(sign.isprintable() and not sign.isspace() for sign in words))
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
CODES = st.builds(
    Code, scheme=st.sampled_from(["SCT", "LN", "DCM", "99MAKER", "99COLLEGA"]), value=NAMES, meaning=NAMES
)
TEXTS = st.builds(Text, en=NAMES, nl=NAMES)
FRAMES = st.builds(Frame, language=st.sampled_from(["en", "nl"]), patient_system=st.just("urn:numbers"))
KEYS = st.uuids().map(str)


@st.composite
def scores(draw: st.DrawFn) -> Score:
    value, low, high = draw(st.floats(0, 1)), -draw(st.floats(0, 1e6)), 1 + draw(st.floats(0, 1e6))
    direction = draw(st.sampled_from(Direction))
    return Score(value=value, low=low, high=high, direction=direction, calibrated=draw(st.booleans()))


VOLUMES = st.builds(Measurement, name=CODES, value=st.floats(), unit=st.just("ml"))
FINDINGS = st.builds(
    Finding,
    id=NAMES,
    code=CODES,
    site=st.none() | CODES,
    evaluation=st.sampled_from(Evaluation),
    score=scores(),
    threshold=st.none() | st.floats(0, 1),
    images=st.just(()),
    regions=st.just(()),
    measurements=st.lists(st.builds(Measurement, name=CODES, value=st.floats(), unit=st.just("ml")), max_size=2).map(
        tuple
    ),
)
APPS = st.builds(
    AppIdentity,
    id=NAMES,
    version=NAMES,
    name=TEXTS,
    vendor=WORDS,
    device_uid=st.just("2.25.7"),
    clinical_use=st.booleans(),
)
NAMED = st.builds(Named, ordinal=st.integers(0, 99), name=TEXTS, finding=FINDINGS)
SERIES = st.builds(
    SeriesPart, series_instance_uid=st.just("1.2"), modality=WORDS, description=WORDS, instances=st.integers(1, 9)
)
WORKS = st.builds(
    Work,
    key=KEYS,
    study_key=st.just("ab12"),
    patient_key=KEYS,
    accession_number=WORDS,
    study_at=st.none() | MOMENTS,
    priority=st.sampled_from(Priority),
    app=APPS,
    state=st.sampled_from(JobState),
    word=st.sampled_from([*Outcome, NoAnswer.NO_RULE_OUT, NoAnswer.NOT_ASKED, NoAnswer.OWN_SCREEN]),
    reason_code=WORDS,
    reason=st.none() | TEXTS,
    created_at=MOMENTS,
    changed_at=MOMENTS,
    answered_at=st.none() | MOMENTS,
    started_at=st.none() | MOMENTS,
    ended_at=st.none() | MOMENTS,
    findings=st.lists(st.builds(Named, ordinal=st.integers(0, 99), name=TEXTS, finding=FINDINGS), max_size=2).map(
        tuple
    ),
)
STUDIES = st.builds(
    StudyPart,
    key=st.just("ab12"),
    patient_key=KEYS,
    study_instance_uid=NAMES,
    accession_number=WORDS,
    description=WORDS,
    study_at=st.none() | MOMENTS,
    state=st.sampled_from(StudyState),
    are_images_removed=st.booleans(),
    changed_at=MOMENTS,
    series=st.lists(SERIES, max_size=2).map(tuple),
)
BIRTHS = st.sampled_from(["19600229", "1960", ""]) | WORDS
PATIENTS = st.builds(Patient, issuer=WORDS, patient_id=WORDS, name=WORDS, birth_date=BIRTHS, sex=WORDS)


def check(resource: dict[str, Any]) -> None:
    """Hold it against the model, and against what JSON can carry."""
    get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    json.dumps(resource, allow_nan=False).encode()


@pytest.mark.shows("R59")
@settings(deadline=None)
@given(WORKS, FRAMES)
def test_whatever_an_app_says_is_a_valid_resource(work: Work, frame: Frame) -> None:
    for named in work.findings:
        made = observation(work, named, frame)
        check(made)
        assert made["status"] == PRELIMINARY
    check(diagnostic_report(work, frame))
    check(task(work, frame))
    check(device(work.app, frame))


@pytest.mark.shows("R25")
@settings(deadline=None)
@given(WORKS, FRAMES)
def test_what_is_no_answer_is_never_a_report_of_findings(work: Work, frame: Frame) -> None:
    made = diagnostic_report(work, frame)
    negative = {"Nothing found", "nothing found", "niets gevonden"}
    if work.word in {Outcome.FAILED, Outcome.NOT_SUITABLE, *NoAnswer}:
        assert made["status"] == CANCELLED
    if work.word is not Outcome.NOTHING_FOUND:
        assert made["conclusionCode"][0]["text"] not in negative
        assert made["conclusionCode"][0]["coding"][0]["code"] != "nothing-found"


@settings(deadline=None)
@given(STUDIES, PATIENTS, MOMENTS, FRAMES)
def test_whatever_a_header_holds_is_a_valid_resource(
    study: StudyPart, person: Patient, at: datetime, frame: Frame
) -> None:
    check(imaging_study(study, frame))
    check(patient(study.patient_key, person, at, frame))


def test_the_statement_and_the_outcome_are_valid() -> None:
    check(capability_statement("1", "http://x/fhir", datetime.now(UTC)))
    check(operation_outcome("invalid", "why"))


def test_every_state_of_a_job_has_a_status() -> None:
    assert set(STATUS) == set(JobState)


# --------------------------------------------------------------------------- searches


_CONTROLS = {"_count", "_summary", "_cursor"}
NAMES_OF_PARAMETERS = sorted({name for names in PARAMETERS.values() for name in names} | _CONTROLS)
FORMS = ["%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f"]


@settings(deadline=None)
@given(
    st.sampled_from(Kind),
    st.lists(st.tuples(st.sampled_from(NAMES_OF_PARAMETERS) | st.text(max_size=8), st.text(max_size=20)), max_size=4),
)
def test_a_search_is_read_or_refused(kind: Kind, asked: list[tuple[str, str]]) -> None:
    with contextlib.suppress(InputError):
        read_search(kind, asked, AMSTERDAM)


@settings(deadline=None)
@given(MOMENTS, st.sampled_from(FORMS))
def test_a_moment_lies_in_the_span_of_its_own_date(at: datetime, form: str) -> None:
    # In autumn an hour comes twice: which one is meant cannot be said without a zone, and is not asked here.
    local = at.astimezone(AMSTERDAM)
    text = local.strftime(form) + (local.strftime("%z")[:3] + ":" + local.strftime("%z")[3:5] if "T" in form else "")
    ((_, (span,)),) = read_search(Kind.TASK, [("date", text)], AMSTERDAM).dates
    assert span.low <= at < span.high
    assert span.high - span.low <= timedelta(days=366, hours=1)


def test_days_are_those_of_the_site() -> None:
    ((_, (span,)),) = read_search(Kind.TASK, [("date", "ge2026-10-25")], AMSTERDAM).dates
    assert (span.low, span.high) == (datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC))


@settings(deadline=None)
@given(st.lists(st.text(max_size=20), min_size=1, max_size=3))
def test_a_cursor_comes_back(place: list[str]) -> None:
    with contextlib.suppress(UnicodeEncodeError):
        assert read_cursor(cursor(place)) == tuple(place)
