"""Whoever reads labels of reports says what is known of their error: each such module is listed with what it says."""

import re
from pathlib import Path

import pytest

SOURCE = Path("src/collega")
PAGE = Path("docs/explanation/report-labels.md")
READS = re.compile(r"\b(?:FROM|JOIN)\s+report_labels?\b")
LISTED = re.compile(r"^\| `(\w+)` \| [^|]+ \| [^|]+ \|$", re.MULTILINE)


@pytest.mark.shows("R74")
def test_every_module_that_reads_labels_is_listed_with_what_it_says_of_their_error() -> None:
    readers = {path.stem for path in SOURCE.rglob("*.py") if READS.search(path.read_text(encoding="utf-8"))}
    table = PAGE.read_text(encoding="utf-8").partition("## Who uses labels")[2]
    assert readers == set(LISTED.findall(table))
