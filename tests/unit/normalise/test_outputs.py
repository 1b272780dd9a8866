"""Reading ``result.json``: an answer or a clear reason, never anything else."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collega.errors import QuarantineError
from collega.model.finding import AppResult, Evaluation, Outcome, Status
from collega.normalise.json_file import MOST_BYTES
from collega.normalise.outputs import read_result
from tests.unit.normalise.conftest import RIGHT

Judge = Callable[..., AppResult]


def test_a_right_answer_is_read(judge: Judge, right: dict[str, Any]) -> None:
    result = judge(right)
    assert (result.status, result.outcome) == (Status.ANALYSED, Outcome.FOUND)
    (finding,) = result.findings
    assert (finding.evaluation, finding.score.value, finding.threshold) == (Evaluation.PRESENT, 0.8, 0.5)
    assert finding.regions[0].points == ((10.0, 20.0), (30.0, 40.0))
    assert result.notes[0].nl == "een noot"


def code_of(judge: Judge, answer: object) -> str:
    with pytest.raises(QuarantineError) as caught:
        judge(answer)
    assert str(caught.value)
    return caught.value.code


def put(answer: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """Set the value at a dotted path, or remove it where the value is `...`."""
    *parents, last = path.split(".")
    target: Any = answer
    for name in parents:
        target = target[int(name)] if name.isdigit() else target[name]
    if value is ...:
        del target[last]
    else:
        target[int(last) if last.isdigit() else last] = value
    return answer


SCHEMA_MISTAKES: dict[str, tuple[str, object]] = {
    "unknown key": ("mood", "good"),
    "no status": ("status", ...),
    "a status that is none": ("status", "fine"),
    "other schema": ("schema", "collega/result/2"),
    "findings that are no list": ("findings", {}),
    "score as text": ("findings.0.score.value", "0.8"),
    "score as truth": ("findings.0.score.value", True),
    "no image": ("findings.0.images", []),
    "an evaluation that is none": ("findings.0.evaluation", "maybe"),
    "a scale of three": ("findings.0.score.scale", [0, 1, 2]),
    "a file in another folder": ("files", [{"kind": "png", "file": "../x.png", "title": "x"}]),
    "a hidden file": ("files", [{"kind": "png", "file": ".x.png", "title": "x"}]),
    "an absolute file": ("findings.0.mask", {"file": "/etc/passwd", "images": ["1"]}),
    "a kind of file that is none": ("files", [{"kind": "exe", "file": "x", "title": "x"}]),
    "a note in one language": ("notes", [{"en": "x"}]),
    "a frame that is none": ("findings.0.regions.0.frame", 0),
}


@pytest.mark.parametrize("name", list(SCHEMA_MISTAKES))
def test_the_schema_is_kept(judge: Judge, right: dict[str, Any], name: str) -> None:
    path, value = SCHEMA_MISTAKES[name]
    answer = put(right, path, value)
    with pytest.raises(QuarantineError) as caught:
        judge(answer)
    assert caught.value.code == "schema"
    assert "result.json: $" in str(caught.value), "the key is named"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "not-json"),
        ("<html><body>502 Bad Gateway</body></html>", "not-json"),
        ("{", "not-json"),
        ("[" * 100_000, "not-json"),
        ("NaN", "not-json"),
        ("null", "schema"),
        ("[]", "schema"),
        ("9" * 5000, "not-json"),
    ],
)
def test_what_is_no_answer(judge: Judge, text: str, code: str) -> None:
    assert code_of(judge, text) == code


NUMBERS = ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1" + "0" * 400]
PLACES = {
    "score": '"value": 0.8',
    "scale": '"scale": [0, 1]',
    "threshold": '"threshold": 0.5',
    "measurement": '"value": 12.5',
    "point": "[[10, 20]",
}


@pytest.mark.shows("R25")
@pytest.mark.parametrize("number", NUMBERS, ids=[number[:8] for number in NUMBERS])
@pytest.mark.parametrize("place", list(PLACES))
def test_a_number_that_is_none_is_set_apart(judge: Judge, place: str, number: str) -> None:
    old = PLACES[place]
    new = {"scale": f'"scale": [0, {number}]', "point": f"[[10, {number}]"}.get(place, f"{old.split(':')[0]}: {number}")
    text = json.dumps(RIGHT)
    assert text.count(old) == 1
    assert code_of(judge, text.replace(old, new)) == "not-json"


@pytest.mark.parametrize("text", ["a\u0000b", "a\ud800b"])
def test_text_that_no_database_and_no_pacs_holds(judge: Judge, right: dict[str, Any], text: str) -> None:
    assert code_of(judge, put(right, "notes.0.en", text)) == "not-json"


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(QuarantineError, match=r"wrote no result\.json") as caught:
        read_result(tmp_path)
    assert caught.value.code == "no-result"


def test_a_link_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text(json.dumps(RIGHT), encoding="utf-8")
    (tmp_path / "result.json").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(QuarantineError) as caught:
        read_result(tmp_path)
    assert caught.value.code == "no-result"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "result.json").mkdir()
    with pytest.raises(QuarantineError) as caught:
        read_result(tmp_path)
    assert caught.value.code == "no-result"


def test_an_answer_without_end(tmp_path: Path) -> None:
    with (tmp_path / "result.json").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(QuarantineError, match="larger than"):
        read_result(tmp_path)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_bytes(b"\xff\xfe{}")
    with pytest.raises(QuarantineError) as caught:
        read_result(tmp_path)
    assert caught.value.code == "not-json"


@pytest.mark.shows("R25")
@pytest.mark.parametrize("status", ["not_suitable", "failed"])
def test_a_study_that_could_not_be_analysed(judge: Judge, right: dict[str, Any], status: str) -> None:
    reason = {"code": "lateral", "text": {"en": "a lateral film", "nl": "een zijdelingse foto"}}
    answer = {**right, "status": status, "findings": []}
    result = judge({**answer, "reason": reason})
    assert (result.outcome, result.reason_code) == (Outcome(status), "lateral")
    assert code_of(judge, answer) == "score", "no reason"
    assert code_of(judge, {**right, "status": status, "reason": reason}) == "score", "findings beside a reason"
    assert code_of(judge, {**right, "reason": reason}) == "score", "a reason beside findings"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
LEAVES = [
    "schema", "app.id", "study_instance_uid", "status", "findings", "findings.0", "findings.0.id", "findings.0.code",
    "findings.0.score.value", "findings.0.score.scale", "findings.0.score.scale.1", "findings.0.threshold",
    "findings.0.images", "findings.0.regions", "findings.0.regions.0.points", "findings.0.regions.0.points.0",
    "findings.0.regions.0.kind", "findings.0.regions.0.frame", "findings.0.measurements.0.value",
    "findings.0.measurements.0.unit", "findings.0.evaluation", "notes", "notes.0.en", "reason", "files",
]  # fmt: skip
NUMBER = st.floats(allow_nan=False) | st.integers() | st.sampled_from([0, 1, 10**400, -1, 1e308])


def outcome(folder: Path) -> str:
    try:
        read_result(folder)
    except QuarantineError as error:
        return error.code
    return "answer"


@settings(max_examples=250, deadline=None)
@given(path=st.sampled_from(LEAVES), value=JSON | NUMBER)
def test_any_json_is_an_answer_or_is_set_apart(
    tmp_path_factory: pytest.TempPathFactory, path: str, value: object
) -> None:
    folder = tmp_path_factory.mktemp("out")
    answer = put(json.loads(json.dumps(RIGHT)), path, value)
    (folder / "result.json").write_text(json.dumps(answer), encoding="utf-8")
    assert outcome(folder) in {"answer", "not-json", "schema", "score"}


@settings(max_examples=60, deadline=None)
@given(value=JSON)
def test_any_json_at_all(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    folder = tmp_path_factory.mktemp("out")
    (folder / "result.json").write_text(json.dumps(value), encoding="utf-8")
    with pytest.raises(QuarantineError):
        read_result(folder)
