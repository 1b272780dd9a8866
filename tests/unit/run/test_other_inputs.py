"""``[inputs]`` of a manifest, the newest valid value in the right unit, and what a clinician reads of the rest."""

import string
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.run.test_manifest import TEXT

from collega.errors import ManifestError
from collega.model.code import Code, Text
from collega.model.inputs import GeneticsWanted, Observed, PriorsWanted, ReportsWanted, Told, ValueWanted, Why
from collega.model.inputs import is_same_person as is_same
from collega.model.study import Patient
from collega.run.choose import FINAL, genetics_of, value_of
from collega.run.input_words import SENTENCES, sentence
from collega.run.manifest import read_manifest
from collega.run.units import FACTORS, converted
from collega.testing import records

AT = records.AT
MASS = Code(scheme="LN", value="2160-0", meaning="Creatinine")
MOLES = Code(scheme="LN", value="14682-9", meaning="Creatinine")
STUDY = records.study(records.header())
WANTED = ValueWanted(
    id="creatinine",
    name=Text(en="creatinine", nl="kreatinine"),
    codes=(MASS, MOLES),
    within_days=90,
    unit="umol/L",
)
INPUTS = """
[inputs.priors]
most = 2
within_months = 60
modality = ["ct"]
same_body_part = true
[inputs.reports]
most = 3
[[inputs.laboratory]]
id = "creatinine"
code = { scheme = "LN", value = "2160-0", meaning = "Creatinine" }
within_days = 90
unit = "umol/L"
required = true
[[inputs.genetics]]
id = "egfr"
code = { scheme = "LN", value = "69548-6", meaning = "Genetic variant assessment" }
gene = "EGFR"
"""


def folder(tmp_path: Path, inputs: str) -> Path:
    place = tmp_path / "finder"
    place.mkdir()
    (place / "app.toml").write_text(TEXT + inputs, encoding="utf-8")
    (place / "app.py").write_text("def main(inputs, outputs): ...\n", encoding="utf-8")
    return place


def test_a_manifest_says_what_its_app_asks_for(tmp_path: Path) -> None:
    spec = read_manifest(folder(tmp_path, INPUTS)).inputs
    assert spec is not None
    assert spec.priors == PriorsWanted(most=2, within_months=60, modalities=("CT",), same_body_part=True)
    assert spec.reports == ReportsWanted(most=3, within_months=60)
    assert [(item.id, item.unit, item.within_days, item.required) for item in spec.laboratory] == [
        ("creatinine", "umol/L", 90, True)
    ]
    assert spec.laboratory[0].name == Text(en="Creatinine", nl="Creatinine")
    assert [(item.id, item.gene, item.required) for item in spec.genetics] == [("egfr", "EGFR", False)]


@pytest.mark.shows("R73")
def test_a_box_is_given_priors_and_nothing_else(tmp_path: Path) -> None:
    """What it cannot be given is said when its manifest is checked, not when a study waits for it."""
    place = folder(tmp_path, INPUTS)
    as_box = 'runtime = "dicom"\ndicom = { host = "127.0.0.1", port = 104, aet = "BOX" }'
    lines = (place / "app.toml").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith(("entry", "preload"))]
    text = "\n".join(as_box if line.startswith("runtime") else line for line in kept)
    (place / "app.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ManifestError) as raised:
        read_manifest(place)
    problems = [line.partition(": ")[2] for line in str(raised.value).splitlines()]
    said = "a vendor's box takes images alone, it can be given priors and nothing else"
    assert problems == [f"inputs.{kind}: {said}" for kind in ("reports", "laboratory", "genetics")]


def test_an_app_that_asks_for_nothing_more(tmp_path: Path) -> None:
    assert read_manifest(folder(tmp_path, "")).inputs is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('scheme = "LN", value = "2160-0"', 'scheme = "99LAB", value = "K"', "laboratory[0].code: expected a scheme"),
        ('unit = "umol/L"', 'unit = ""', "laboratory[0].unit"),
        ("most = 2", "most = 0", "inputs.priors.most"),
        ('modality = ["ct"]', "modality = []", "inputs.priors.modality"),
        ("within_days = 90", "within_days = 0", "laboratory[0].within_days"),
        ('gene = "EGFR"', 'exon = "19"', "unknown key exon"),
        ('id = "egfr"', 'id = "E G"', "genetics[0].id"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in INPUTS
    with pytest.raises(ManifestError) as caught:
        read_manifest(folder(tmp_path, INPUTS.replace(old, new)))
    assert said in str(caught.value)


def test_two_of_the_same_name_are_refused(tmp_path: Path) -> None:
    twice = INPUTS[INPUTS.index("[[inputs.laboratory]]") : INPUTS.index("[[inputs.genetics]]")]
    with pytest.raises(ManifestError, match="different id"):
        read_manifest(folder(tmp_path, INPUTS + twice))


# ------------------------------------------------------------------------------- values


def value(days: float = 10, **values: Any) -> Observed:
    made = Observed(code=MASS, at=AT - timedelta(days=days), status="final", value=80.0, unit="umol/L")
    return replace(made, **values)


def chosen(*found: Observed, now: datetime = AT, wanted: ValueWanted = WANTED) -> tuple[float | None, Why | None]:
    answer, why = value_of(Told(items=found), wanted, STUDY, now)
    return (answer[0]["value"] if answer else None), why


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], (None, Why.NONE)),
        ([value()], (80.0, None)),
        ([value(days=90)], (80.0, None)),
        ([value(days=90.1)], (None, Why.NONE)),
        ([value(days=-0.1)], (None, Why.NONE)),
        ([value(status="preliminary")], (None, Why.NOT_FINAL)),
        ([value(status="entered-in-error")], (None, Why.NOT_FINAL)),
        ([value(status="cancelled"), value(days=40, value=70.0)], (70.0, None)),
        ([value(value=None)], (None, Why.UNREADABLE)),
        ([value(unit="furlong"), value(days=40)], (None, Why.UNIT)),
        ([value(unit="")], (None, Why.UNIT)),
        ([value(unit="µmol/l", status="corrected")], (80.0, None)),
        ([value(code=Code(scheme="LN", value="1988-5", meaning="CRP"))], (None, Why.NONE)),
        ([value(code=MOLES, status="amended")], (80.0, None)),
    ],
)
@pytest.mark.shows("R25")
def test_the_newest_valid_value_or_none(found: list[Observed], expected: tuple[float | None, Why | None]) -> None:
    assert chosen(*found) == expected


def test_a_value_of_the_hours_after_the_study_counts_one_of_later_does_not() -> None:
    """A study that is replayed years later is given what was known when it was read."""
    later = AT + timedelta(days=500)
    assert chosen(value(days=-0.5, value=90.0), value(), now=later) == (90.0, None)
    assert chosen(value(days=-3, value=90.0), value(), now=later) == (80.0, None)


def test_a_bound_is_told_as_a_bound() -> None:
    (answer,), why = value_of(Told(items=(value(comparator="<"),)), WANTED, STUDY, AT)
    assert (answer["comparator"], why) == ("<", None)


STATUSES = [*sorted(FINAL), "preliminary", "registered", "cancelled", "entered-in-error", "unknown", ""]
OBSERVED = st.builds(
    lambda days, status, number: value(days=days, status=status, value=number),
    st.floats(-200, 200),
    st.sampled_from(STATUSES),
    st.floats(0, 1e4),
)


@given(st.lists(OBSERVED, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_an_answer_never_matters(found: list[Observed], shuffle: Any) -> None:
    distinct = list({one.at: one for one in found}.values())
    before = chosen(*distinct)
    shuffle.shuffle(distinct)
    assert chosen(*distinct) == before
    standing = [one for one in distinct if one.status in FINAL and timedelta(0) <= AT - one.at <= timedelta(days=90)]
    assert before[0] == (max(standing, key=lambda one: one.at).value if standing else None)


@pytest.mark.parametrize(("analyte", "has", "asked"), list(FACTORS))
def test_a_unit_is_converted_for_its_own_analyte_alone(analyte: str, has: str, asked: str) -> None:
    codes = {"creatinine": "2160-0", "glucose": "2345-7", "haemoglobin": "718-7", "crp": "1988-5"}
    codes |= {
        "urea nitrogen": "3094-0",
        "calcium": "17861-6",
        "bilirubin": "1975-2",
        "albumin": "1751-7",
        "psa": "2857-1",
    }
    own = [Code(scheme="LN", value=codes[analyte], meaning=analyte)]
    there = converted(7.0, has, asked, own)
    assert there is not None
    assert converted(there, asked, has, own) == pytest.approx(7.0)
    other = [Code(scheme="LN", value="2532-0", meaning="LDH")]
    assert converted(7.0, has, asked, other) is None
    assert converted(7.0, has, asked, [*own, *other]) is None


# Pairs that tables for clinicians print.
@pytest.mark.parametrize(
    ("code", "number", "has", "asked", "printed"),
    [
        ("2160-0", 1.0, "mg/dL", "umol/L", 88.4),
        ("2345-7", 100.0, "mg/dL", "mmol/L", 5.55),
        ("718-7", 14.0, "g/dL", "mmol/L", 8.69),
        ("17861-6", 10.0, "mg/dL", "mmol/L", 2.5),
        ("1975-2", 1.0, "mg/dL", "umol/L", 17.1),
        ("3094-0", 20.0, "mg/dL", "mmol/L", 7.14),
        ("1988-5", 5.0, "mg/dL", "mg/L", 50.0),
    ],
)
def test_conversions_are_printed_ones(code: str, number: float, has: str, asked: str, printed: float) -> None:
    assert converted(number, has, asked, [Code(scheme="LN", value=code, meaning="-")]) == pytest.approx(
        printed, rel=5e-3
    )


@given(st.floats(-1e6, 1e6), st.text(string.ascii_letters + "/%{}[]*^µ", max_size=12))
def test_an_unknown_unit_gives_nothing(number: float, unit: str) -> None:
    found = converted(number, unit, "umol/L", [MASS])
    known = {f"{mass}/{volume}" for mass in ("umol", "µmol", "mmol", "mg") for volume in ("L", "l", "dL", "dl")}
    assert found is None or unit.strip() in known


# ------------------------------------------------------------------------------- genetics


VARIANT = Code(scheme="LN", value="69548-6", meaning="Variant")
GENE = Code(scheme="LN", value="48018-6", meaning="Gene studied")
EGFR = GeneticsWanted(id="egfr", name=Text(en="EGFR", nl="EGFR"), codes=(VARIANT,), gene="EGFR")


def variant(gene: str, words: str = "Present", days: float = 100, status: str = "final") -> Observed:
    return value(days=days, code=VARIANT, value=None, unit="", words=words, status=status, parts=((GENE, gene),))


def test_results_of_the_gene_alone() -> None:
    found = (
        variant("KRAS"),
        variant("egfr", "Absent", 30),
        variant("EGFR", days=90),
        variant("EGFR", status="partial"),
    )
    answer, why = genetics_of(Told(items=found), EGFR, AT)
    assert ([item["text"] for item in answer], why) == (["Absent", "Present"], None)
    assert genetics_of(Told(items=(variant("KRAS"),)), EGFR, AT) == ((), Why.NONE)
    assert genetics_of(Told(items=(variant("EGFR", status="registered"),)), EGFR, AT) == ((), Why.NOT_FINAL)


# ------------------------------------------------------------------------------- persons and words


@pytest.mark.parametrize(
    ("found", "same"),
    [
        ({}, True),
        ({"patient_id": "P-2"}, False),
        ({"issuer": "B"}, False),
        ({"issuer": ""}, True),
        ({"birth_date": ""}, True),
        ({"birth_date": "19610229"}, False),
        ({"name": "Maiden^Name"}, True),
    ],
)
@pytest.mark.shows("R25")
def test_one_person(found: dict[str, str], *, same: bool) -> None:
    asked = Patient(issuer="A", patient_id="P-1", name="Doe^J", birth_date="19600229")
    assert is_same(asked, replace(asked, **found)) is same
    assert is_same(replace(asked, **found), asked) is same


def test_nobody_is_the_same_as_nobody() -> None:
    nobody = Patient(issuer="", patient_id="")
    assert not is_same(nobody, nobody)


WANTS: list[PriorsWanted | ReportsWanted | ValueWanted | GeneticsWanted] = [
    PriorsWanted(most=1, within_months=6, modalities=("CT",)),
    ReportsWanted(most=1, within_months=6),
    WANTED,
    EGFR,
]


@pytest.mark.parametrize("why", list(Why))
def test_every_reason_has_a_sentence_in_both_languages(why: Why) -> None:
    said = [sentence(why, wanted) for wanted in WANTS]
    assert set(SENTENCES) == set(Why)
    assert all(text.en and text.nl and "{" not in text.en + text.nl for text in said)
    assert all(one != other for one, other in pairwise(said))
