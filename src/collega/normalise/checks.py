"""Holding an answer against what was asked: study, images, scales, geometry, units, files."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from collega.errors import QuarantineError
from collega.model.app import FindingSpec, Manifest
from collega.model.finding import AppResult, Evaluation, Finding, Segment, Status
from collega.model.study import Instance, Study
from collega.normalise.verdicts import judged

# Case-sensitive UCUM units are letters, digits and these signs, without white space (UCUM section 2).
UCUM = re.compile(r"^[!-~]{1,16}$")


def check(result: AppResult, study: Study, inputs: Mapping[str, Instance], manifest: Manifest, folder: Path) -> None:
    """Accept an answer, or set it apart.

    Parameters
    ----------
    result : AppResult
    study : Study
    inputs : Mapping
        The images that the app was given, by SOP Instance UID.
    manifest : Manifest
    folder : Path
        Where the app's files are.

    Raises
    ------
    QuarantineError
        Its code says which check failed: ``wrong-study``, ``wrong-app``, ``unknown-image``,
        ``unknown-finding``, ``missing-finding``, ``score``, ``contradiction``, ``geometry``,
        ``unit``, ``missing-file``, ``mask``, ``no-reason``.
    """
    problem = next(_problems(result, study, inputs, manifest, folder), None)
    if problem is not None:
        raise QuarantineError(*problem)


def _problems(
    result: AppResult, study: Study, inputs: Mapping[str, Instance], manifest: Manifest, folder: Path
) -> Iterator[tuple[str, str]]:
    if result.study_instance_uid != study.study_instance_uid:
        yield "wrong-study", "the answer names another study than the one that was given"
    if (result.app_id, result.app_version) != (manifest.id, manifest.version):
        yield "wrong-app", f"the answer is signed by {result.app_id} {result.app_version}"
    for attachment in result.attachments:
        if not _is_file(folder / attachment.file):
            yield "missing-file", f"the answer names {attachment.file}, which is not there"
    if result.status is not Status.ANALYSED:
        return
    given = [finding.id for finding in result.findings]
    promised = {spec.id for spec in manifest.findings}
    if missing := promised - set(given):
        names = ", ".join(sorted(missing))
        yield "missing-finding", f"the app says nothing about {names}, which it promises to look for"
    for finding in result.findings:
        spec = manifest.finding(finding.id)
        if spec is None:
            yield "unknown-finding", f"the app answers on {finding.id}, which its manifest does not name"
        else:
            yield from _finding_problems(finding, spec, inputs)
    for segment in result.segments:
        yield from _mask_problems(segment, inputs, folder)


def _finding_problems(finding: Finding, spec: FindingSpec, inputs: Mapping[str, Instance]) -> Iterator[tuple[str, str]]:
    score = finding.score
    if finding.code != spec.code:
        yield "unknown-finding", f"{finding.id} is coded {finding.code.value}, its manifest says {spec.code.value}"
    if (score.low, score.high, score.direction) != (spec.low, spec.high, spec.direction):
        yield "score", f"{finding.id} is scored on another scale than its manifest says"
    if score.calibrated and not spec.calibrated:
        yield "score", f"{finding.id} is called calibrated, its manifest says it is not"
    threshold = spec.threshold if finding.threshold is None else finding.threshold
    if threshold is not None and spec.threshold not in {None, threshold}:
        text = f"{finding.id} was held against {threshold:g}, the threshold in force is {spec.threshold:g}"
        yield "contradiction", text
    if threshold is not None and _contradicts(finding, threshold):
        text = f"{finding.id} is called {finding.evaluation} at {score.value:g}, threshold {threshold:g}"
        yield "contradiction", text
    yield from _place_problems(finding, inputs)
    for measurement in finding.measurements:
        if not UCUM.match(measurement.unit):
            yield "unit", f"{finding.id} is measured in {measurement.unit!r}, which is no UCUM unit"


def _place_problems(finding: Finding, inputs: Mapping[str, Instance]) -> Iterator[tuple[str, str]]:
    for uid in finding.images:
        if uid not in inputs:
            yield "unknown-image", f"{finding.id} is placed on an image that the app was not given"
    for region in finding.regions:
        if region.image not in inputs:
            yield "unknown-image", f"a region of {finding.id} is on an image that the app was not given"
        elif not _inside(region.points, inputs[region.image]):
            yield "geometry", f"a region of {finding.id} lies outside its image"
        elif region.frame > _frames(inputs[region.image]):
            yield "geometry", f"a region of {finding.id} is on a frame that its image does not have"


def _contradicts(finding: Finding, threshold: float) -> bool:
    return finding.evaluation is not Evaluation.UNDETERMINED and finding.evaluation is not judged(
        finding.score, threshold
    )


def _inside(points: tuple[tuple[float, float], ...], image: Instance) -> bool:
    rows, columns = image.header.attributes.get("rows"), image.header.attributes.get("columns")
    if not isinstance(rows, float) or not isinstance(columns, float):
        return False
    return all(0 <= column <= columns and 0 <= row <= rows for column, row in points)


def _frames(image: Instance) -> float:
    frames = image.header.attributes.get("frames")
    return frames if isinstance(frames, float) else 1.0


def _mask_problems(segment: Segment, inputs: Mapping[str, Instance], folder: Path) -> Iterator[tuple[str, str]]:
    if not _is_file(folder / segment.file):
        yield "missing-file", f"the answer names {segment.file}, which is not there"
        return
    if any(uid not in inputs for uid in segment.images):
        yield "unknown-image", f"the mask {segment.file} is on an image that the app was not given"
        return
    first = inputs[segment.images[0]].header.attributes
    wanted = (len(segment.images), first.get("rows"), first.get("columns"))
    try:
        mask = read_mask(folder / segment.file)
    except (ValueError, OSError, EOFError, OverflowError):
        yield "mask", f"the mask {segment.file} is no .npy file of booleans"
        return
    if mask.shape != wanted:
        yield "mask", f"the mask {segment.file} has the shape {mask.shape}, its images make {wanted}"


def read_mask(file: Path) -> NDArray[np.bool_]:
    """Read a mask: booleans, shape (images, rows, columns).

    Raises
    ------
    ValueError
        The file holds something else; objects are never unpickled.
    """
    # Mapped first: what the file claims to hold is not allocated before it is known to fit.
    mask = np.lib.format.open_memmap(file, mode="r")
    if mask.dtype != np.bool_ or mask.ndim != 3:  # noqa: PLR2004 - images, rows, columns
        message = f"{file.name} holds {mask.dtype} in {mask.ndim} dimensions"
        raise ValueError(message)
    return np.array(mask, dtype=np.bool_)


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()
