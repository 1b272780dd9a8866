"""A business case in words and pictures, on paper and for a spreadsheet."""

import csv
import io
import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from collega.formats.value_csv import value_csv, value_xlsx
from collega.formats.value_pdf import value_pdf
from collega.formats.value_view import amount, value_view
from collega.formats.value_words import ACCOUNTS, INPUTS, LINES, ROLES, SECTIONS, input_words, line_words
from collega.value import fields
from collega.value.answer import answer, as_json
from collega.value.lines_of_value import lines_of_value
from collega.value.read_case import read_case

CASES = Path(__file__).parents[3] / "examples" / "cases"
NAMES = ["chest-normal-filter", "lung-ct", "mammography", "myeloma-ct", "night-haemorrhage"]


def told_of(name: str) -> dict[str, Any]:
    case = read_case((CASES / f"{name}.toml").read_text(encoding="utf-8"), name)
    return as_json(answer(case, draws=1000))


@pytest.mark.shows("R3", "R17")
@pytest.mark.parametrize("name", NAMES)
def test_every_example_fits_four_pages_in_both_languages(name: str) -> None:
    told = told_of(name)
    for language in ("nl", "en"):
        paper = value_pdf(value_view(told, language, is_paper=True), datetime.now(UTC))
        assert len(re.findall(rb"/Type */Page\b", paper)) == 4


@pytest.mark.shows("R62", "R2")
def test_a_no_reads_as_plainly_as_a_yes() -> None:
    yes, no = (value_view(told_of(name), "nl") for name in ("mammography", "lung-ct"))
    assert (yes["verdict"], no["verdict"]) == ("Verdient zich terug", "Verdient zich niet terug")
    assert set(yes) == set(no)
    assert ("break-even prijs per onderzoek", "ook gratis niet") in no["figures"]
    assert "Ziekenhuis betaalt maar wint er niet bij." in no["settled"]
    assert value_view(told_of("myeloma-ct"), "en")["purpose"].startswith("Bought to learn")


def test_every_number_has_its_label() -> None:
    view = value_view(told_of("mammography"), "en")
    assert {row[3] for row in view["inputs"]} == {"assumed", "literature"}
    assert {row[4] for row in view["lines"]} <= {"assumed", "literature"}
    assert "assumed" in view["computed"]
    assert any("tier 2" in row[0] or row[0].endswith(" 2") for row in view["inputs"])


def test_every_key_line_and_account_has_words() -> None:
    keys = [fields.money_key(key) for section in fields.FIELDS.values() for key in section]
    keys += [fields.money_key(key) for key in fields.ROLE_FIELDS if not key.endswith(fields.CELLS)]
    assert not set(keys) - set(INPUTS)
    assert set(SECTIONS) == {*fields.FIELDS, "roles"}
    assert set(ACCOUNTS) == set(fields.Account)
    assert set(fields.ROLES) <= set(ROLES)
    for name in NAMES:
        case = read_case((CASES / f"{name}.toml").read_text(encoding="utf-8"), name)
        assert {line.name.partition(".")[0] for line in lines_of_value(case, case.values())} <= set(LINES)
    assert input_words("roles.radiologist.minutes_after_fp", "nl") == "radioloog: minuten erna (FP)"
    assert line_words("waiting.radiologist", "en") == "waiting for the app, radiologist"


def test_pictures_are_whole_and_carry_their_words() -> None:
    view = value_view(told_of("night-haemorrhage"), "nl")
    for name in ("waterfall", "tornado", "fan"):
        picture = ET.fromstring(view[name])  # noqa: S314 - our own drawing
        assert picture.get("aria-label")
        assert picture.find(".//{http://www.w3.org/2000/svg}style") is None
    assert "netto contante waarde" in view["waterfall"]
    assert view["fan"].count("<polygon") == 2


def test_amounts_are_written_as_people_do() -> None:
    assert (amount(1234567.4, "nl"), amount(-0.0, "en"), amount(0, "nl"), amount(0.3, "nl")) == (
        "1\u00a0234\u00a0567", "0", "0", "0,30",
    )  # fmt: skip


def test_a_spreadsheet_gets_numbers_and_no_formula() -> None:
    told = told_of("night-haemorrhage")
    told["inputs"][0]["origin"] = "=HYPERLINK(1)"
    told["inputs"][1]["origin"] = "@sum"
    rows = list(csv.reader(io.StringIO(value_csv(told))))
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "@", "+"))]
    assert next(float(row[1]) for row in rows if row[:1] == ["npv"]) == pytest.approx(told["npv"])
    named = {row[0] for row in rows if row}
    assert {item["name"] for item in told["inputs"]} <= named
    assert "cash flow" in named


def sheets_of(content: bytes) -> dict[str, list[list[float | str | None]]]:
    """Read a workbook as a spreadsheet program does: by its relations, cell by cell at its place."""
    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    office = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
    found: dict[str, list[list[float | str | None]]] = {}
    with ZipFile(io.BytesIO(content)) as archive:
        parts = {name: ET.fromstring(archive.read(name)) for name in archive.namelist()}  # noqa: S314 - ours
    types = {one.get("PartName") for one in parts["[Content_Types].xml"]}
    targets = {one.get("Id"): f"xl/{one.get('Target')}" for one in parts["xl/_rels/workbook.xml.rels"]}
    for sheet in parts["xl/workbook.xml"].iter(f"{main}sheet"):
        name = targets[sheet.get(f"{office}id")]
        assert f"/{name}" in types
        assert not list(parts[name].iter(f"{main}f")), "a formula"
        rows = found.setdefault(str(sheet.get("name")), [])
        for row in parts[name].iter(f"{main}row"):
            cells: dict[str, float | str | None] = {}
            for cell in row:
                is_text = cell.get("t") == "inlineStr"
                text = "".join(cell.itertext())
                cells[str(cell.get("r")).rstrip("0123456789")] = text if is_text else float(text)
            rows.append([cells.get(chr(ord("A") + column)) for column in range(12)])
    return found


@pytest.mark.shows("R3", "R17")
def test_a_workbook_keeps_every_input_as_it_is_and_has_no_formula() -> None:
    told = told_of("night-haemorrhage")
    told["inputs"][0]["origin"] = "=HYPERLINK(1)&<b>\x07"
    content = value_xlsx(told)
    assert content == value_xlsx(told)
    sheets = sheets_of(content)
    assert list(sheets) == ["case", "inputs", "results", "years", "ledger"]
    inputs = {row[0]: row for row in sheets["inputs"][1:]}
    assert set(inputs) == {item["name"] for item in told["inputs"]}
    for item in told["inputs"]:
        assert inputs[item["name"]][1:4] == [item["value"], item["low"], item["high"]]
        assert inputs[item["name"]][7] == str(item["on"])
    assert inputs[told["inputs"][0]["name"]][6] == "=HYPERLINK(1)&<b>\ufffd"
    results = {row[0]: row[1] for row in sheets["results"]}
    assert (results["npv"], results["payback_years"]) == (told["npv"], None)
    assert sheets["years"][2][1:7] == [told["setup"], *told["cash_flows"]]
