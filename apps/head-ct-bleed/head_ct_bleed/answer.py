"""The entry: reads a study, writes ``result.json`` and the mask."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from head_ct_bleed import words
from head_ct_bleed.components import Mask
from head_ct_bleed.look import NotAHeadError, TooNoisyError, look
from head_ct_bleed.series import ADULT_YEARS, Series, age_years, read_images, read_study, sort_series
from head_ct_bleed.verdict import Verdict, decide
from head_ct_bleed.volume import UnreadableError, read_block
from head_ct_bleed.words import Reason

FINDING = "haemorrhage"
CODE = {"scheme": "SCT", "value": "1386000", "meaning": "Intracranial hemorrhage"}
VOLUME = {"scheme": "SCT", "value": "118565006", "meaning": "Volume"}
MASK = "mask.npy"
DIGITS = 2


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was seen in a series.

    Attributes
    ----------
    masks : sequence of array of bool, shape (images, rows, columns)
        One for each part that speaks for the answer, in the series' own voxels.
    slices : slice
        Images that hold the inside of the skull: nothing was looked for on the others.
    """

    series: Series
    verdict: Verdict
    masks: Sequence[Mask]
    slices: slice

    @property
    def mask(self) -> Mask:
        """All parts together."""
        whole: Mask = np.logical_or.reduce(self.masks)
        return whole

    @property
    def volume_ml(self) -> float:
        """Volume of the mask."""
        return float(self.mask.sum()) * float(np.prod(self.series.voxel)) / 1000


def run(inputs: Path, outputs: Path) -> None:
    """Answer for the study in ``inputs``."""
    study = read_study(inputs)
    answer = {
        "schema": "collega/result/1",
        "app": study["app"],
        "study_instance_uid": study["study"]["study_instance_uid"],
        **judge(inputs, outputs, study),
    }
    (outputs / "result.json").write_text(json.dumps(answer, indent=1), encoding="utf-8")


def judge(inputs: Path, outputs: Path, study: Mapping[str, Any]) -> dict[str, Any]:
    """Look at the one series that suits best."""
    images = read_images(inputs, study)
    age = age_years(study, images)
    if age is not None and age < ADULT_YEARS:
        return not_suitable(Reason.CHILD)
    suitable, refused = sort_series(images)
    threshold = float(study["config"]["thresholds"][FINDING])
    for number, series in enumerate(suitable):
        seen = see(series, threshold)
        if isinstance(seen, Reason):
            refused.append(seen)
            continue
        notes = [words.AGE_UNKNOWN] if age is None else []
        notes += [words.left_out(refused)] if refused else []
        notes += [words.others(left)] if (left := len(suitable) - number - 1) else []
        return {"status": "analysed", **tell(seen, threshold, outputs, notes)}
    return not_suitable(refused[0] if len(set(refused)) == 1 else Reason.NO_SERIES)


def see(series: Series, threshold: float) -> Seen | Reason:
    """Look at a series."""
    try:
        block = read_block(series)
        looked = look(block.hounsfield, block.voxel)
    except UnreadableError:
        return Reason.UNREADABLE
    except NotAHeadError:
        return Reason.NOT_LIKE_HEAD
    except TooNoisyError:
        return Reason.TOO_NOISY
    verdict = decide(looked.bleeds, threshold)
    return Seen(
        series=series,
        verdict=verdict,
        masks=[block.restored(bleed.mask) for bleed in verdict.bleeds],
        slices=block.own_slices(looked.first, looked.last),
    )


def not_suitable(reason: Reason) -> dict[str, Any]:
    """Answer without a finding."""
    return {"status": "not_suitable", "reason": {"code": reason, "text": words.text(reason)}, "findings": []}


def tell(seen: Seen, threshold: float, outputs: Path, notes: list[dict[str, str]]) -> dict[str, Any]:
    """Put what was seen into words, numbers and a mask."""
    finding = {
        "id": FINDING,
        "code": CODE,
        "evaluation": seen.verdict.evaluation,
        "score": {"value": seen.verdict.score, "scale": [0, 1], "direction": "higher-is-present", "calibrated": False},
        "threshold": threshold,
        "images": [image.uid for image in seen.series.images[seen.slices]],
    }
    if seen.masks:
        finding |= _place(seen, outputs)
        notes = [_best_seen(seen), *notes]
    notes = [*notes, words.looked_at(len(seen.series.images[seen.slices]), len(seen.series.images))]
    if seen.verdict.evaluation != "present":
        notes = [*notes, words.NOT_SEEN]
    return {"findings": [finding], "files": [], "notes": notes}


def _place(seen: Seen, outputs: Path) -> dict[str, Any]:
    """Volume, a box around each part where it is largest, and the planes of the mask that mark something."""
    mask = seen.mask
    planes = np.flatnonzero(mask.any((1, 2)))
    np.save(outputs / MASK, mask[planes])
    return {
        "measurements": [{"name": VOLUME, "value": round(seen.volume_ml, DIGITS), "unit": "ml"}],
        "regions": [_box(part, seen.series) for part in seen.masks],
        "mask": {"file": MASK, "images": [seen.series.images[plane].uid for plane in planes]},
    }


def _box(part: Mask, series: Series) -> dict[str, Any]:
    plane = int(part.sum((1, 2)).argmax())
    rows, columns = np.flatnonzero(part[plane].any(1)), np.flatnonzero(part[plane].any(0))
    points = [[int(columns[0]), int(rows[0])], [int(columns[-1]) + 1, int(rows[-1]) + 1]]
    return {"kind": "box", "image": series.images[plane].uid, "points": points}


def _best_seen(seen: Seen) -> dict[str, str]:
    header = seen.series.images[int(seen.mask.sum((1, 2)).argmax())].header
    return words.best_seen(str(header.get("SeriesNumber", "?")), str(header.get("InstanceNumber", "?")))
