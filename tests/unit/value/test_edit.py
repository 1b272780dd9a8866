"""A case changed by a form: only what differs is written, faults by the name of the input, saved beside what was."""

from pathlib import Path

import pytest

from collega.bootstrap.worth.edit_desk import STALE, UNCHANGED, EditDesk
from collega.config import Settings
from collega.value.edit import edited, numbers_of, parts_of
from collega.value.read_case import read_case

pytestmark = pytest.mark.shows("R16", "R22")
EXAMPLES = sorted((Path(__file__).parents[3] / "examples" / "cases").glob("*.toml"))
CASES = [path for path in EXAMPLES if path.stem != "portfolio"]
VOLUME = "population.volume_per_year"


def form(text: str) -> dict[str, str]:
    inputs = numbers_of(read_case(text, "x.toml"), text)
    return {f"{item.name}/{part}": said for item in inputs for part, said in parts_of(item).items()}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_form_that_is_sent_as_it_was_changes_nothing_and_each_number_can_be_changed(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    sent = form(text)
    same = edited(text, path.name, sent)
    assert (same.text, same.changed, same.faults) == (text, (), {})
    before = read_case(text, path.name).inputs
    for item in numbers_of(read_case(text, path.name), text):
        found = edited(text, path.name, {**sent, f"{item.name}/from": "a talk, with commas; été"})
        assert found.case is not None, found.faults
        after = found.case.inputs
        assert found.changed == (item.name,)
        assert [key for key in before if after[key] != before[key]] == [item.key]
        assert (after[item.key].value, after[item.key].counts) == (item.value, item.counts)


@pytest.mark.parametrize(
    ("part", "said", "fault"),
    [
        ("value", "many", "a number"),
        ("value", "nan", "a number"),
        ("value", "-3", "not below"),
        ("value", "99999999", "lies outside"),
        ("low", "", "low: a number"),
        ("low", "99999", "low: below high"),
        ("distribution", "normal", "one of fixed"),
        ("distribution", "fixed", "has no low and high"),
        ("source", "a friend", "one of measured"),
        ("from", "", "who measured"),
        ("from", 'x", value = 1, from = "y', "without quotation marks"),
        ("from", "two\nlines", "who measured"),
        ("date", "yesterday", "a day as"),
    ],
)
def test_what_is_wrong_is_told_at_its_input_and_changes_no_file(part: str, said: str, fault: str) -> None:
    text = next(path for path in CASES if path.stem == "lung-ct").read_text(encoding="utf-8")
    found = edited(text, "lung-ct.toml", {**form(text), f"{VOLUME}/{part}": said})
    assert found.case is None
    assert found.text == text
    assert fault in found.faults[VOLUME]


async def test_a_case_is_saved_beside_what_was_and_never_over_what_somebody_else_saved(tmp_path: Path) -> None:
    path = tmp_path / "lung-ct.toml"
    first = next(one for one in CASES if one.stem == "lung-ct").read_text(encoding="utf-8")
    path.write_text(first, encoding="utf-8")
    desk = EditDesk(settings=Settings.model_validate({"value": {"cases": str(tmp_path)}}))
    opened = await desk.opened("lung-ct")
    assert opened is not None
    sent = {**form(first), f"{VOLUME}/value": "9500.5"}
    assert await desk.saved("lung-ct", form(first), opened["base"], "kim") == {"faults": {"": UNCHANGED}}
    assert await desk.saved("lung-ct", sent, opened["base"], "kim") == {"faults": {}}
    assert await desk.saved("lung-ct", sent, opened["base"], "lee") == {"faults": {"": STALE}}
    assert await desk.saved("../lung-ct", sent, opened["base"], "lee") is None
    saved = path.read_text(encoding="utf-8")
    assert f", kim: {VOLUME}; before: history/lung-ct/" in saved.splitlines()[0]
    assert read_case(saved, path.name).inputs[VOLUME].value == 9500.5
    (kept,) = (tmp_path / "history" / "lung-ct").iterdir()
    assert kept.read_text(encoding="utf-8") == first
