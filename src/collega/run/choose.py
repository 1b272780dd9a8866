"""Which of the things that came are used: the newest valid ones, of the right patient, in the right unit."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from collega.model.code import Code
from collega.model.inputs import GeneticsWanted, Observed, PriorStudy, PriorsWanted, Reported, Told, ValueWanted, Why
from collega.model.inputs import is_same_person as is_same
from collega.model.study import Study
from collega.run.units import converted

# Status of FHIR R4 ObservationStatus and DiagnosticReportStatus whose word stands.
FINAL = frozenset({"final", "amended", "corrected", "appended"})
DAYS_PER_MONTH = 365.25 / 12
# A result that came later than this after the study was not known when it was read.
AFTER_STUDY = timedelta(days=1)
# The gene of a variant: LOINC 48018-6, Gene studied [ID].
GENE_STUDIED = "48018-6"
MOST_RESULTS = 20

Answer = tuple[tuple[Mapping[str, Any], ...], Why | None]


def months_before(study: Study, now: datetime, then: datetime) -> float:
    """Months between an earlier moment and a study, with one decimal."""
    return round(((study.study_at or now) - then) / timedelta(days=DAYS_PER_MONTH), 1)


def priors_of(found: Sequence[PriorStudy], study: Study, wanted: PriorsWanted, now: datetime) -> Told[PriorStudy]:
    """Leave the earlier studies of this patient that an app asks for, the newest first."""
    at = study.study_at or now
    since = at - timedelta(days=wanted.within_months * DAYS_PER_MONTH)
    others = [one for one in found if one.study_instance_uid not in {"", study.study_instance_uid}]
    own = [one for one in others if is_same(study.patient, one.patient)]
    fitting = [
        one
        for one in own
        if one.study_at is not None
        and since <= one.study_at < at
        # An archive that does not fill this key may hold the right one: its series tell.
        and (not one.modalities or set(one.modalities) & set(wanted.modalities))
    ]
    fitting.sort(key=lambda one: one.study_at or at, reverse=True)
    if fitting:
        return Told(items=tuple(fitting))
    return Told(why=Why.OTHER_PATIENT if others and not own else Why.NONE)


def value_of(told: Told[Observed], wanted: ValueWanted, study: Study, now: datetime) -> Answer:
    """Take the newest value that stands; an older one is never used for a newer one that cannot be read."""
    if told.why is not None:
        return (), told.why
    at = study.study_at or now
    since, until = at - timedelta(days=wanted.within_days), min(now, at + AFTER_STUDY)
    known = [one for one in told.items if since <= one.at <= until and _is_under(one.code, wanted.codes)]
    standing = sorted((one for one in known if one.status in FINAL), key=lambda one: one.at)
    if not standing:
        return (), Why.NOT_FINAL if known else Why.NONE
    newest = standing[-1]
    if newest.value is None:
        return (), Why.UNREADABLE
    value = converted(newest.value, newest.unit, wanted.unit, (newest.code, *wanted.codes))
    if value is None:
        return (), Why.UNIT
    return (
        {
            "id": wanted.id,
            "value": value,
            "comparator": newest.comparator or None,
            "unit": wanted.unit,
            "at": newest.at.isoformat(),
            "code": _code(newest.code),
            "status": newest.status,
        },
    ), None


def genetics_of(told: Told[Observed], wanted: GeneticsWanted, now: datetime) -> Answer:
    """Take every result that stands, the newest first: several variants of one gene are no contradiction."""
    if told.why is not None:
        return (), told.why
    known = [one for one in told.items if one.at <= now and _is_under(one.code, wanted.codes) and _is_of(one, wanted)]
    standing = sorted((one for one in known if one.status in FINAL), key=lambda one: one.at, reverse=True)
    if not standing:
        return (), Why.NOT_FINAL if known else Why.NONE
    return tuple(
        {
            "id": wanted.id,
            "text": one.words,
            "at": one.at.isoformat(),
            "code": _code(one.code),
            "status": one.status,
            "parts": [{"code": _code(code), "text": text} for code, text in one.parts],
        }
        for one in standing[:MOST_RESULTS]
    ), None


def reports_of(told: Told[Reported], most: int, study: Study, now: datetime) -> Answer:
    """Take the newest reports of before the study that stand and can be read as text."""
    if told.why is not None:
        return (), told.why
    earlier = [one for one in told.items if one.at < (study.study_at or now)]
    standing = [one for one in earlier if one.status in FINAL]
    readable = sorted((one for one in standing if one.text), key=lambda one: one.at, reverse=True)
    if readable:
        chosen = readable[:most]
        return tuple({"at": one.at.isoformat(), "text": one.text, "status": one.status} for one in chosen), None
    return (), Why.UNREADABLE if standing else Why.NOT_FINAL if earlier else Why.NONE


def _is_under(code: Code, codes: Sequence[Code]) -> bool:
    return any((code.scheme, code.value) == (one.scheme, one.value) for one in codes)


def _is_of(one: Observed, wanted: GeneticsWanted) -> bool:
    genes = {text.upper() for code, text in one.parts if code.value == GENE_STUDIED}
    return not wanted.gene or wanted.gene.upper() in genes


def _code(code: Code) -> dict[str, str]:
    return {"scheme": code.scheme, "value": code.value, "meaning": code.meaning}
