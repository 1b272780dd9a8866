"""Every key of the grammar: what fulfils it, what does not, and what a missing value means."""

import json
from importlib import resources
from typing import Any

import pytest

from collega.model.app import Stage
from collega.model.study import Attribute, Patient
from collega.route.match import Guards, Match, match
from collega.route.rules import IMAGE_RULES, RULES, SERIES_RULES, STUDY_RULES, Shape
from collega.testing import records
from collega.testing.records import AT

GUARDS = Guards(now=AT, max_study_age=None, jobs_today=0)
MISSING: Attribute = None


def hold(accepts: dict[str, Any], attributes: dict[str, Attribute], **values: Any) -> Match:
    made = records.header(attributes={**records.FILM, **attributes}, **values)
    manifest = records.manifest(accepts=accepts)
    return match(records.study(made), [records.instance(made)], manifest, Stage.LIVE, GUARDS)


def value_of(key: str, value: Attribute) -> dict[str, Any]:
    """Give the attribute that a key reads a value, where it stands in the header."""
    attribute = RULES[key].attribute
    if attribute in {"sop_class_uid", "transfer_syntax_uid"}:
        return {"attributes": {}, attribute: value or ""}
    if attribute == "sex":
        return {"attributes": {}, "patient": Patient(issuer="", patient_id="P", sex=str(value or ""))}
    if attribute == "study_description":
        return {"attributes": {}, "study_description": value or ""}
    return {"attributes": {attribute: value}}


# Key -> what the app wants, values that fulfil it, values that do not.
CASES: dict[str, tuple[Any, list[Attribute], list[Attribute]]] = {
    "modality": (["CR", "DX"], ["CR", "dx", " CR "], ["CT", MISSING, "CRX"]),
    "body_part": (["CHEST", ""], ["CHEST", "chest", MISSING, ""], ["HAND", "CHESTABDOMEN"]),
    "view": (["PA", "AP"], ["PA", "AP"], ["LL", MISSING]),
    "laterality": (["L"], ["L"], ["R", MISSING]),
    "image_type": (["ORIGINAL", "PRIMARY"], [("ORIGINAL", "PRIMARY", "AXIAL")], [("DERIVED", "PRIMARY"), MISSING]),
    "image_type_not": (["LOCALIZER"], [("ORIGINAL", "PRIMARY"), MISSING], [("ORIGINAL", "PRIMARY", "LOCALIZER")]),
    "presentation_intent": (["FOR PRESENTATION", ""], ["FOR PRESENTATION", MISSING], ["FOR PROCESSING"]),
    "sop_class": (["1.2.840.10008.5.1.4.1.1.1"], ["1.2.840.10008.5.1.4.1.1.1"], ["1.2.840.10008.5.1.4.1.1.2", MISSING]),
    "transfer_syntax": (["1.2.840.10008.1.2.1"], ["1.2.840.10008.1.2.1"], ["1.2.840.10008.1.2.4.50", MISSING]),
    "manufacturer": (["philips"], ["Philips Medical Systems"], ["SIEMENS", MISSING]),
    "series_description": (["thorax", "lung"], ["Thorax 5 mm", "LUNG"], ["Abdomen", MISSING]),
    "series_description_not": (["mip", "scout"], ["Thorax", MISSING], ["MIP coronal", "Scout"]),
    "protocol": (["CAP"], ["CAP CE"], ["Brain", MISSING]),
    "kernel": (["B70"], ["B70f", ("I", "B70f")], ["B30f", MISSING]),
    "contrast": ([""], [MISSING, ""], ["Ultravist"]),
    "slice_thickness_mm": ({"at_least": 0.5, "at_most": 3.0}, [0.5, 1.0, 3.0], [0.4, 3.1, MISSING]),
    "rows": ({"at_least": 256}, [256.0, 4096.0], [255.0, MISSING]),
    "columns": ({"at_most": 512, "missing_ok": True}, [512.0, MISSING], [513.0]),
    "frames": ({"at_least": 2}, [2.0], [1.0, MISSING]),
    "sex": (["F", ""], ["F", "f", MISSING], ["M", "O"]),
    "study_description": (["thorax"], ["X-Thorax", "THORAX PA"], ["Hand", MISSING]),
}
FULFILLED = [(key, wanted, value) for key, (wanted, fit, _) in CASES.items() for value in fit]
UNFULFILLED = [(key, wanted, value) for key, (wanted, _, unfit) in CASES.items() for value in unfit]


@pytest.mark.parametrize(("key", "wanted", "value"), FULFILLED)
def test_a_value_that_fits(key: str, wanted: Any, value: Attribute) -> None:
    found = hold({key: wanted}, **value_of(key, value))
    assert found.accepted, found.reasons
    assert any(reason.startswith(f"yes: {key}") for reason in found.reasons)


@pytest.mark.parametrize(("key", "wanted", "value"), UNFULFILLED)
def test_a_value_that_does_not_fit(key: str, wanted: Any, value: Attribute) -> None:
    found = hold({key: wanted}, **value_of(key, value))
    assert not found.accepted
    assert any(reason.startswith(f"no: {key}") for reason in found.reasons)


def test_every_key_has_its_cases() -> None:
    counted = {"minimum_slices", "minimum_images", "age_years"}
    assert set(CASES) | counted == set(RULES)


@pytest.mark.shows("R42", "R54")
def test_schema_and_rules_name_the_same_keys() -> None:
    schema = json.loads((resources.files("collega.run") / "app.schema.json").read_text("utf-8"))
    described = schema["properties"]["accepts"]["properties"]
    assert set(described) == set(RULES)
    shapes = {"#/$defs/range": {Shape.RANGE}, "#/$defs/count": {Shape.COUNT}}
    for key, value in described.items():
        expected = shapes.get(value["$ref"], set(Shape) - {Shape.RANGE, Shape.COUNT})
        assert RULES[key].shape in expected, key


def test_the_rules_are_of_one_level_each() -> None:
    assert len(IMAGE_RULES) + len(SERIES_RULES) + len(STUDY_RULES) == len(RULES)


def test_rules_read_only_what_is_received() -> None:
    from collega.formats.dicom_study import ATTRIBUTES  # noqa: PLC0415 - the rules themselves do not depend on it

    assert {rule.attribute for rule in IMAGE_RULES.values()} <= {*ATTRIBUTES, "sop_class_uid", "transfer_syntax_uid"}


def ct(*sizes: int) -> list[Any]:
    """Give series of so many images each."""
    made = [
        records.header(f"{number}-{count}", series_instance_uid=f"1.2.{number}", attributes={"modality": "CT"})
        for number, size in enumerate(sizes)
        for count in range(size)
    ]
    return [records.instance(item) for item in made]


def chosen(accepts: dict[str, Any], *sizes: int) -> Match:
    images = ct(*sizes)
    study = records.study(images[0].header)
    return match(study, images, records.manifest(accepts={"modality": ["CT"], **accepts}), Stage.LIVE, GUARDS)


@pytest.mark.parametrize(("sizes", "count"), [((3,), 3), ((2,), 0), ((2, 3, 5), 8), ((1, 1, 1), 0)])
def test_a_series_needs_enough_slices(sizes: tuple[int, ...], count: int) -> None:
    assert len(chosen({"minimum_slices": 3}, *sizes).inputs) == count


@pytest.mark.parametrize(("sizes", "count"), [((3,), 3), ((2,), 0), ((1, 1, 1), 3)])
def test_a_study_needs_enough_images(sizes: tuple[int, ...], count: int) -> None:
    assert len(chosen({"minimum_images": 3}, *sizes).inputs) == count


def test_only_images_that_are_accepted_count_for_the_series() -> None:
    kept = records.header("1", attributes={"modality": "CT", "image_type": ("ORIGINAL",)})
    scout = records.header("2", attributes={"modality": "CT", "image_type": ("ORIGINAL", "LOCALIZER")})
    accepts = {"modality": ["CT"], "image_type_not": ["LOCALIZER"], "minimum_slices": 2}
    images = [records.instance(kept), records.instance(scout)]
    found = match(records.study(kept), images, records.manifest(accepts=accepts), Stage.LIVE, GUARDS)
    assert not found.accepted


AGES = {
    "birth date": ("19600229", "20260302", None, 66.0),
    "the day before eighteen": ("20080303", "20260302", None, 17.99),
    "eighteen": ("20080302", "20260302", None, 18.0),
    "a month": ("20260201", "20260301", None, 0.08),
    "said in years": ("", "20260302", "061Y", 61.0),
    "said in months": ("", "20260302", "006M", 0.5),
    "said in weeks": ("", "20260302", "026W", 0.5),
    "said in days": ("", "20260302", "010D", 0.03),
    "odd birth date": ("1960", "20260302", "066Y", 66.0),
    "no study date": ("19600229", "", "066Y", 66.0),
    "nothing": ("", "", None, None),
    "odd age": ("", "", "old", None),
    "an age that only looks like a number": ("", "", "\u00b2Y", None),
}


@pytest.mark.parametrize("name", list(AGES))
def test_the_age_of_a_patient(name: str) -> None:
    born, seen, said, expected = AGES[name]
    made = records.header(
        patient=Patient(issuer="", patient_id="P", birth_date=born),
        study_date=seen,
        attributes={**records.FILM, "patient_age": said},
    )
    age = records.study(made).age_years([records.instance(made)])
    assert age == (pytest.approx(expected, abs=0.011) if expected is not None else None)


@pytest.mark.parametrize(
    ("born", "wanted", "accepted"),
    [
        ("19600229", {"at_least": 18}, True),
        ("20080302", {"at_least": 18}, True),
        ("20080303", {"at_least": 18}, False),
        ("20200101", {"at_most": 17.99}, True),
        ("", {"at_least": 18}, False),
        ("", {"at_least": 18, "missing_ok": True}, True),
    ],
)
def test_an_app_for_adults(born: str, wanted: dict[str, Any], accepted: bool) -> None:
    patient = Patient(issuer="", patient_id="P", birth_date=born)
    assert hold({"age_years": wanted}, {}, patient=patient).accepted is accepted
