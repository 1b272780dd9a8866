"""Which days are holidays: those of a country, those of a file, or what is wrong with either."""

from datetime import date
from pathlib import Path

import pytest

from collega.bootstrap.times.holidays import holidays_of
from collega.errors import InputError

KINGS_DAY, MONDAY_AFTER_EASTER, CORPUS_CHRISTI = date(2026, 4, 27), date(2026, 4, 6), date(2026, 6, 4)


@pytest.mark.shows("R9", "R65")
def test_holidays_are_computed_for_a_country_or_read_from_a_file(tmp_path: Path) -> None:
    dutch = holidays_of("NL", (2025, 2026))
    assert {KINGS_DAY, MONDAY_AFTER_EASTER, date(2025, 4, 26)} <= dutch
    assert CORPUS_CHRISTI in holidays_of("DE-NW", (2026,)) - dutch
    assert holidays_of("", (2026,)) == frozenset()
    path = tmp_path / "days.txt"
    path.write_text("2026-12-24  # half a day\n\n2026-06-04\n", encoding="utf-8")
    assert holidays_of(str(path), (2026,)) == {date(2026, 12, 24), CORPUS_CHRISTI}
    path.write_text("2026-12-24\nchristmas\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"value\.holidays: .*days\.txt, line 2: a day such as 2026-12-25"):
        holidays_of(str(path), (2026,))
    with pytest.raises(InputError, match=r"value\.holidays: Narnia: no country .* nor is there such a file"):
        holidays_of("Narnia", (2026,))
