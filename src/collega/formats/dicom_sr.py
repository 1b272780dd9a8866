"""What an app found in a study, as a structured report after IHE AI Results."""

from collections.abc import Mapping, Sequence
from copy import deepcopy

from highdicom.sr import (
    AlgorithmIdentification,
    MeasurementsAndQualitativeEvaluations,
    SourceImageForMeasurementGroup,
)
from pydicom.dataset import Dataset
from pydicom.uid import ComprehensiveSRStorage

from collega.errors import InputError
from collega.formats.dicom_codes import COMMENT
from collega.formats.dicom_references import by_uid, cited
from collega.formats.sr_document import Frame, document
from collega.formats.sr_finding import algorithm, evaluation, numbers, sites, tracking
from collega.formats.sr_items import coded, text_item
from collega.formats.wording import NOT_FOR_CLINICAL_USE
from collega.model.finding import AppResult, Finding, Status
from collega.model.result import AppIdentity, ObjectIdentity

# Beyond this many, a group names the images of its regions only; the image library has them all.
MOST_IMAGES = 16


def findings_sr(result: AppResult, app: AppIdentity, identity: ObjectIdentity, sources: Sequence[Dataset]) -> Dataset:
    """Comprehensive 3D SR with one measurement group (TID 1501) for each finding, absent ones too.

    Parameters
    ----------
    result : AppResult
        An analysed result with at least one finding.
    app : AppIdentity
        The app as observing device.
    identity : ObjectIdentity
        UIDs, numbers, description, time and predecessor of the document.
    sources : sequence of Dataset
        Every analysed image of the one study; headers are enough. The first lends its
        patient and study attributes.

    Raises
    ------
    InputError
        The result is not an analysed one with findings: a study that was not analysed
        must never look like one without findings.
    """
    if result.status is not Status.ANALYSED or not result.findings:
        message = f"{result.app_id}: a report of findings needs an analysed study and a finding, got {result.status}"
        raise InputError(message)
    frame = Frame(app=app, identity=identity, sources=sources)
    known = by_uid(sources)
    said_by = algorithm(frame.app)  # the same items in every group
    return document(frame, [_group(result, finding, frame, known, said_by) for finding in result.findings])


def as_comprehensive_sr(document: Dataset, sop_instance_uid: str) -> Dataset:
    """Return the same document as Comprehensive SR (PS3.3 A.35.3), for archives that refuse the 3D class.

    It is valid there too, since our documents place nothing in three dimensions.
    """
    plainer = deepcopy(document)
    plainer.SOPClassUID = ComprehensiveSRStorage
    plainer.SOPInstanceUID = sop_instance_uid
    return plainer


def _group(
    result: AppResult, finding: Finding, frame: Frame, known: Mapping[str, Dataset], said_by: AlgorithmIdentification
) -> MeasurementsAndQualitativeEvaluations:
    group = MeasurementsAndQualitativeEvaluations(
        tracking_identifier=tracking(result, finding),
        finding_type=coded(finding.code),
        finding_sites=sites(finding),
        algorithm_id=said_by,
        measurements=numbers(finding),
        qualitative_evaluations=[evaluation(finding)],
        source_images=_source_images(finding, known),
    )
    for comment in _comments(result, frame):
        group[0].ContentSequence.append(text_item(COMMENT, comment))
    return group


def _source_images(finding: Finding, known: Mapping[str, Dataset]) -> list[SourceImageForMeasurementGroup]:
    looked_at = cited(finding.images, known)
    if len(looked_at) > MOST_IMAGES:
        looked_at = cited(dict.fromkeys(region.image for region in finding.regions), known)
    return [SourceImageForMeasurementGroup(image.SOPClassUID, image.SOPInstanceUID) for image in looked_at]


def _comments(result: AppResult, frame: Frame) -> list[str]:
    """Return what a reader must know beside the finding: notes of the app, and that it is only shown."""
    language = frame.identity.language
    notes = [note.in_language(language) for note in result.notes]
    return notes if frame.app.clinical_use else [NOT_FOR_CLINICAL_USE.in_language(language), *notes]
