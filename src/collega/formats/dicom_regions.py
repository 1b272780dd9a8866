"""Where an app saw its findings, as a structured report of planar regions.

It is a document beside the report of findings: mixing both kinds of group in one tree is
valid, but viewers read either the one or the other.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from highdicom.sr import (
    AlgorithmIdentification,
    CoordinatesForMeasurement,
    ImageRegion,
    PlanarROIMeasurementsAndQualitativeEvaluations,
    SourceImageForRegion,
)
from highdicom.sr.value_types import ContentItem
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from collega.errors import InputError
from collega.formats.dicom_codes import COMMENT, IMAGE_REGION
from collega.formats.dicom_place import number_of_frames
from collega.formats.dicom_references import by_uid, cited
from collega.formats.sr_document import Frame, document
from collega.formats.sr_finding import algorithm, evaluation, presence_score, sites, tracking
from collega.formats.sr_items import coded, text_item
from collega.formats.wording import NOT_FOR_CLINICAL_USE
from collega.model.finding import AppResult, Finding, Region, RegionKind, Status
from collega.model.result import AppIdentity, ObjectIdentity

GRAPHIC_TYPES = {RegionKind.POINT: "POINT", RegionKind.BOX: "POLYLINE", RegionKind.POLYGON: "POLYLINE"}


def regions_sr(
    result: AppResult, app: AppIdentity, identity: ObjectIdentity, sources: Sequence[Dataset]
) -> Dataset | None:
    """Comprehensive 3D SR with a planar group (TID 1410) for each region, or None where there is none.

    Parameters are those of `findings_sr`; the tracking identifiers are the same in both.
    """
    if result.status is not Status.ANALYSED:
        message = f"{result.app_id}: regions need an analysed study, got {result.status}"
        raise InputError(message)
    frame, known = Frame(app=app, identity=identity, sources=sources), by_uid(sources)
    said_by = algorithm(app)  # the same items in every group
    groups = [
        _group(result, finding, region, frame, known, said_by)
        for finding in result.findings
        for region in finding.regions
    ]
    return document(frame, groups) if groups else None


def _group(  # noqa: PLR0913 - all that one group says
    result: AppResult,
    finding: Finding,
    region: Region,
    frame: Frame,
    known: Mapping[str, Dataset],
    said_by: AlgorithmIdentification,
) -> PlanarROIMeasurementsAndQualitativeEvaluations:
    image = cited([region.image], known)[0]
    source = SourceImageForRegion(image.SOPClassUID, image.SOPInstanceUID, _frames(region, image))
    score = presence_score(finding)
    group = PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=tracking(result, finding),
        referenced_region=ImageRegion(
            graphic_type=GRAPHIC_TYPES[region.kind],
            graphic_data=outline(region),
            source_image=source,
        ),
        finding_type=coded(finding.code),
        finding_sites=sites(finding),
        algorithm_id=said_by,
        measurements=[score],
        qualitative_evaluations=[evaluation(finding)],
    )
    # Viewers draw the coordinates that they find under a number.
    score[0].ContentSequence = [_coordinates(region, source)]
    if not frame.app.clinical_use:
        group[0].ContentSequence.append(text_item(COMMENT, NOT_FOR_CLINICAL_USE.in_language(frame.identity.language)))
    return group


def outline(region: Region) -> NDArray[np.float64]:
    """(n, 2) array of (column, row) pairs: a point, or a closed line whose last point is its first (C.18.6.1.2)."""
    if region.kind is RegionKind.POINT:
        return np.array(region.points, dtype=np.float64)
    points = list(region.points)
    if region.kind is RegionKind.BOX:
        (left, top), (right, bottom) = points
        points = [(left, top), (right, top), (right, bottom), (left, bottom)]
    closed = points if points[0] == points[-1] else [*points, points[0]]
    return np.array(closed, dtype=np.float64)


def _coordinates(region: Region, source: SourceImageForRegion) -> ContentItem:
    """SCOORD that a number is inferred from (PS3.16 TID 320)."""
    return CoordinatesForMeasurement(
        graphic_type=GRAPHIC_TYPES[region.kind],
        graphic_data=outline(region),
        # Of an SCOORD the image is always "selected from", which highdicom gives to regions alone.
        source_image=source,
        purpose=coded(IMAGE_REGION),
    )


def _frames(region: Region, image: Dataset) -> list[int] | None:
    """Frame number, for an image of several frames."""
    return [region.frame] if number_of_frames(image) > 1 else None
