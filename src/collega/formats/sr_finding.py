"""The parts of a measurement group that say what was found (PS3.16 TID 1501 and TID 1410)."""

from highdicom.sr import (
    AlgorithmIdentification,
    FindingSite,
    Measurement,
    QualitativeEvaluation,
    TrackingIdentifier,
)

from collega.formats.dicom_codes import (
    ARTIFICIAL_INTELLIGENCE,
    CERTAINTY,
    EVALUATIONS,
    NO_UNITS,
    PERCENT,
    PRESENCE,
    PRESENCE_SCORE,
    PRESENCE_THRESHOLD,
    unit_code,
)
from collega.formats.dicom_numbers import measurement_text, score_text, threshold_percent
from collega.formats.sr_items import coded, number
from collega.model.finding import AppResult, Evaluation, Finding
from collega.model.ids import stable_uid
from collega.model.result import AppIdentity


def tracking_uid(result: AppResult, finding: Finding) -> str:
    """UID by which report, regions and segments of one finding are known to be the same.

    It depends on study, app, version and finding, so that documents built apart agree.
    """
    return stable_uid("tracking", result.study_instance_uid, result.app_id, result.app_version, finding.id)


def tracking(result: AppResult, finding: Finding) -> TrackingIdentifier:
    """Tracking Identifier and its UID."""
    return TrackingIdentifier(uid=tracking_uid(result, finding), identifier=finding.id)


def algorithm(app: AppIdentity) -> AlgorithmIdentification:
    """Algorithm Identification (TID 4019); the name is the app's id."""
    return AlgorithmIdentification(
        name=app.id,
        version=app.version,
        manufacturer=app.vendor,
        family=coded(ARTIFICIAL_INTELLIGENCE),
    )


def sites(finding: Finding) -> list[FindingSite]:
    """Return the finding site, where the app gives one."""
    return [FindingSite(anatomic_location=coded(finding.site))] if finding.site else []


def evaluation(finding: Finding) -> QualitativeEvaluation:
    """Presence = Present, Absent or Undetermined."""
    return QualitativeEvaluation(name=coded(PRESENCE), value=coded(EVALUATIONS[finding.evaluation]))


def presence_score(finding: Finding) -> Measurement:
    """Score for presence, whatever the evaluation says."""
    percent = finding.score.presence_percent
    return number(PRESENCE_SCORE, percent, score_text(percent), NO_UNITS)


def numbers(finding: Finding) -> list[Measurement]:
    """All numbers of a finding.

    Certainty stands only beside Present and only for a calibrated score: "certainty 3 %"
    beside "absent" would be read as the opposite of what it means.
    """
    percent = finding.score.presence_percent
    found = [presence_score(finding)]
    if finding.threshold is not None:
        limit = threshold_percent(finding.score, finding.threshold)
        found.append(number(PRESENCE_THRESHOLD, limit, score_text(limit), NO_UNITS))
    if finding.evaluation is Evaluation.PRESENT and finding.score.calibrated:
        found.append(number(CERTAINTY, percent, score_text(percent), PERCENT))
    found.extend(
        number(item.name, item.value, measurement_text(item.value), unit_code(item.unit))
        for item in finding.measurements
    )
    return found
