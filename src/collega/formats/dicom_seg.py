"""Masks of findings as one binary segmentation object (PS3.3 A.51)."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from highdicom import AlgorithmIdentificationSequence
from highdicom.color import CIELabColor
from highdicom.seg import Segmentation, SegmentDescription
from numpy.typing import NDArray
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset, FileMetaDataset

from collega.errors import InputError
from collega.formats.dicom_codes import ABNORMAL_STRUCTURE, ARTIFICIAL_INTELLIGENCE
from collega.formats.dicom_header import finish, one_study
from collega.formats.dicom_identity import TAGS, TYPE_2
from collega.formats.dicom_place import add_body_part, add_sides, is_projection, number_of_frames
from collega.formats.dicom_references import by_uid, cited
from collega.formats.sr_finding import tracking_uid
from collega.formats.sr_items import coded
from collega.formats.wording import NOT_FOR_CLINICAL_USE
from collega.model.finding import AppResult, Finding, Segment
from collega.model.ids import stable_uid
from collega.model.result import AppIdentity, ObjectIdentity

# L*, a*, b* of colours that stay apart on grey and for readers who see red and green alike.
COLOURS = ((75.0, 20.0, 70.0), (65.0, -10.0, -45.0), (80.0, -60.0, 30.0), (65.0, 60.0, -20.0))


def segmentation(
    result: AppResult,
    app: AppIdentity,
    identity: ObjectIdentity,
    sources: Sequence[Dataset],
    masks: Mapping[str, NDArray[np.bool_]],
) -> Dataset | None:
    """Binary segmentation with one segment for each mask that marks a pixel, None where there is none.

    Parameters
    ----------
    masks : mapping of str to array
        By finding id, shape (planes, rows, columns), planes in the order of `Segment.images`.

    Raises
    ------
    InputError
        A mask is missing or does not fit its images; marked images differ in size, and so
        cannot share one object; one has several frames, or lacks the geometry that it needs.
    """
    known = by_uid(sources)
    planes = {segment.finding_id: _planes(segment, masks, known) for segment in result.segments}
    drawn = [segment for segment in result.segments if planes[segment.finding_id]]
    if not drawn:
        return None
    marked = {uid for segment in drawn for uid in planes[segment.finding_id]}
    images = [source for source in sources if str(source.SOPInstanceUID) in marked]
    stack = _stack(images, [planes[segment.finding_id] for segment in drawn])
    try:
        dataset = _segmentation(stack, _descriptions(result, app, drawn), app, identity, images)
    except (AttributeError, ValueError) as error:
        # highdicom's way to say that the geometry of the images does not make a segmentation.
        message = f"the masks of {result.app_id} cannot be written as a segmentation of these images: {error}"
        raise InputError(message) from error
    finish(dataset, app=app, identity=identity, sources=[one_study(sources)])
    return dataset


def _planes(
    segment: Segment, masks: Mapping[str, NDArray[np.bool_]], known: Mapping[str, Dataset]
) -> dict[str, NDArray[np.bool_]]:
    """Planes of a segment that mark something, by SOP Instance UID."""
    images = cited(segment.images, known)
    if any(number_of_frames(image) > 1 for image in images):
        message = f"mask of {segment.finding_id}: images of several frames cannot be marked"
        raise InputError(message)
    mask = masks.get(segment.finding_id)
    wanted = [(len(images), int(image.Rows), int(image.Columns)) for image in images]
    if mask is None or any(mask.shape != shape for shape in wanted):
        message = f"mask of {segment.finding_id}: expected shapes {wanted}, got {None if mask is None else mask.shape}"
        raise InputError(message)
    return {uid: plane for uid, plane in zip(segment.images, mask, strict=True) if plane.any()}


def _stack(images: Sequence[Dataset], segments: Sequence[Mapping[str, NDArray[np.bool_]]]) -> NDArray[np.uint8]:
    """Array (planes, rows, columns, segments) of 0 and 1."""
    sizes = {(int(image.Rows), int(image.Columns)) for image in images}
    if len(sizes) != 1:
        message = f"masks on images of different size cannot share one segmentation: {sorted(sizes)}"
        raise InputError(message)
    stack = np.zeros((len(images), *sizes.pop(), len(segments)), dtype=np.uint8)
    for place, image in enumerate(images):
        for number, planes in enumerate(segments):
            plane = planes.get(str(image.SOPInstanceUID))
            if plane is not None:
                stack[place, :, :, number] = plane
    return stack


def _descriptions(result: AppResult, app: AppIdentity, drawn: Iterable[Segment]) -> list[SegmentDescription]:
    findings = {finding.id: finding for finding in result.findings}
    return [
        _description(number, segment, findings[segment.finding_id], result, app)
        for number, segment in enumerate(drawn, start=1)
    ]


def _description(
    number: int, segment: Segment, finding: Finding, result: AppResult, app: AppIdentity
) -> SegmentDescription:
    return SegmentDescription(
        segment_number=number,
        segment_label=segment.label,
        segmented_property_category=coded(ABNORMAL_STRUCTURE),
        segmented_property_type=coded(finding.code),
        algorithm_type="AUTOMATIC",
        algorithm_identification=AlgorithmIdentificationSequence(
            name=app.id, family=coded(ARTIFICIAL_INTELLIGENCE), version=app.version
        ),
        tracking_uid=tracking_uid(result, finding),
        tracking_id=finding.id,
        anatomic_regions=[coded(finding.site)] if finding.site else None,
        display_color=CIELabColor(*COLOURS[(number - 1) % len(COLOURS)]),
    )


def _segmentation(
    stack: NDArray[np.uint8],
    descriptions: Sequence[SegmentDescription],
    app: AppIdentity,
    identity: ObjectIdentity,
    images: Sequence[Dataset],
) -> Dataset:
    label = "" if app.clinical_use else NOT_FOR_CLINICAL_USE.in_language(identity.language)
    dataset = Segmentation(
        source_images=[_anonymous(image) for image in images],
        pixel_array=stack,
        segmentation_type="BINARY",
        segment_descriptions=descriptions,
        series_instance_uid=identity.series_instance_uid,
        series_number=identity.series_number,
        sop_instance_uid=identity.sop_instance_uid,
        instance_number=identity.instance_number,
        manufacturer=app.vendor,
        manufacturer_model_name=app.id,
        software_versions=app.version,
        device_serial_number=app.device_uid,
        content_description=label or None,
        content_label="FINDINGS",
    )
    _name_dimensions(dataset, stable_uid("dimensions", identity.sop_instance_uid))
    add_body_part(dataset, images[0])
    if is_projection(images[0]) or "FrameOfReferenceUID" not in dataset:
        add_sides(dataset, images[0])
    return dataset


def _anonymous(image: Dataset) -> Dataset:
    """Copy of a header without patient and study, which highdicom would check and refuse for harmless faults."""
    copy = Dataset()
    left_out = {*TAGS, tag_for_keyword("PixelData")}
    copy.update({tag: image.get_item(tag) for tag in image.keys() if tag not in left_out})  # noqa: SIM118 - tags, not elements
    for keyword in TYPE_2:
        setattr(copy, keyword, "")
    copy.StudyInstanceUID = image.StudyInstanceUID
    copy.file_meta = getattr(image, "file_meta", None) or FileMetaDataset()
    return copy


def _name_dimensions(dataset: Dataset, uid: str) -> None:
    """Replace the random UID of the dimension organisation, so that the object is the same each time."""
    for item in (*dataset.DimensionOrganizationSequence, *dataset.DimensionIndexSequence):
        item.DimensionOrganizationUID = uid
