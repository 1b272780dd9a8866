"""The published measurements beside this module, as the functions under test take them."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from collega.formats.csv_table import Row, read_table
from collega.measure.readers import COLUMNS, gather
from collega.stats.mrmc_covariance import ReaderTest

FOLDER = Path(__file__).parent / "published"


def rows(name: str, *needed: str) -> list[Row]:
    """Read a table."""
    return read_table((FOLDER / name).read_text(encoding="utf-8"), name, needed)


def asah() -> tuple[NDArray[np.bool_], dict[str, NDArray[np.float64]]]:
    """Give who had a poor outcome, and the scores of three markers."""
    found = rows("asah.csv", "outcome")
    markers = ("wfns", "s100b", "ndka")
    poor = np.array([row.text("outcome") == "Poor" for row in found])
    return poor, {name: np.array([row.number(name) for row in found]) for name in markers}


def van_dyke(case: str = "case") -> list[ReaderTest]:
    """Give the readings, with cases named by one of the columns case, case2 and case3."""
    text = (FOLDER / "vandyke.csv").read_text(encoding="utf-8")
    heading, _, body = text.partition("\n")
    names = ["case" if name == case else f"other {name}" if name == "case" else name for name in heading.split(",")]
    return gather(read_table(",".join(names) + "\n" + body, "vandyke.csv", COLUMNS))
