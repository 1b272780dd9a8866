"""The reference of de-identification is complete: every option with its code, and every key of a profile."""

from pathlib import Path

from collega.formats.dicom_deid.options import CODES, Option
from collega.formats.dicom_deid.profile import PRESETS, READERS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "deidentification.md"


def rows(part: str) -> list[list[str]]:
    """Return the cells of the table below a heading, without its backquotes."""
    text = PAGE.read_text(encoding="utf-8").partition(f"## {part}\n")[2].partition("\n## ")[0]
    return [
        [cell.strip(" `") for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:3] == "| `"
    ]


def test_every_option_is_documented_with_its_code() -> None:
    assert {row[0]: row[1] for row in rows("Options")} == {str(option): CODES[option].value for option in Option}


def test_every_key_of_a_profile_is_documented() -> None:
    assert [row[0] for row in rows("Keys of a profile")] == ["base", "options", *list(READERS)[1:]]


def test_the_page_says_which_options_a_shipped_profile_has() -> None:
    said = PAGE.read_text(encoding="utf-8").partition("`research` has ")[2].partition(".\n")[0]
    assert {word.strip(" `\n") for word in said.split(",")} == {str(option) for option in PRESETS["research"]}
