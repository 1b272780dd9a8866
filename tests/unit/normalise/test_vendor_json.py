"""A vendor's JSON becomes findings by the mapping of its manifest; what does not fit it is told, with the path."""

import json
from pathlib import Path
from typing import Any

import pytest

from collega.errors import QuarantineError
from collega.model.finding import Evaluation, Outcome, RegionKind, Status
from collega.model.results import FindingAt, JsonMapping, NumberAt, RegionAt, ResultsSpec, StatusAt
from collega.normalise.asked import Asked
from collega.normalise.conclude import read_answer
from collega.normalise.vendor import Reading
from collega.testing import records
from tests.unit.normalise.conftest import HEADER, UID

ANSWER: dict[str, Any] = {
    "study": HEADER.study_instance_uid,
    "state": "done",
    "result": {"label": "POS", "percent": 83, "volume_ml": 12.5, "box": [[10, 20], [30, 40]], "image": UID},
}
MAPPING = JsonMapping(
    study="study",
    status=StatusAt(at="state", values={"done": Status.ANALYSED, "bad": Status.NOT_SUITABLE}, reason="why?"),
    findings=(
        FindingAt(
            at="result",
            finding="pneumonia",
            evaluation="label",
            values={"POS": Evaluation.PRESENT, "NEG": Evaluation.ABSENT},
            score="percent",
            scale=0.01,
            images="image",
            regions=(RegionAt(at="box?", kind=RegionKind.BOX, image="image"),),
            measurements=(NumberAt(at="volume_ml", scheme="SCT", value="118565006", meaning="Volume", unit="mL"),),
        ),
    ),
)


def read(folder: Path, answer: object, mapping: JsonMapping | None = MAPPING) -> Reading:
    content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    (folder / "answer.json").write_bytes(content)
    manifest = records.manifest(results=ResultsSpec(restates=False, json=mapping))
    inputs = {UID: records.instance(HEADER)}
    return read_answer(folder, Asked(study=records.study(HEADER), manifest=manifest, inputs=inputs, files={}))


@pytest.mark.shows("R5")
def test_an_answer_is_read_by_its_mapping(tmp_path: Path) -> None:
    (finding,) = read(tmp_path, ANSWER).result.findings
    assert finding.score.value == pytest.approx(0.83)
    assert (finding.evaluation, finding.images) == (Evaluation.PRESENT, (UID,))
    (region,) = finding.regions
    assert (region.kind, region.points) == (RegionKind.BOX, ((10.0, 20.0), (30.0, 40.0)))
    (volume,) = finding.measurements
    assert (volume.value, volume.unit) == (12.5, "mL")


def test_an_app_that_says_that_it_could_not_is_heard(tmp_path: Path) -> None:
    result = read(tmp_path, {"study": HEADER.study_instance_uid, "state": "bad", "why": "lateral view"}).result
    assert (result.outcome, result.reason_code) == (Outcome.NOT_SUITABLE, "vendor-not-suitable")
    assert result.reason
    assert "lateral view" in result.reason.en


def test_html_is_no_answer(tmp_path: Path) -> None:
    with pytest.raises(QuarantineError) as refused:
        read(tmp_path, b"<html>502 Bad Gateway</html>")
    assert refused.value.code == "not-json"
