from datetime import UTC, datetime, timedelta

import pytest
from pydicom.dataset import Dataset

from collega.formats.dicom_time import da, local_moment, parse_offset, tm


def _source(**values: str) -> Dataset:
    source = Dataset()
    for keyword, value in values.items():
        setattr(source, keyword, value)
    return source


SUMMER = datetime(2026, 7, 1, 8, 0, 0, 120, tzinfo=UTC)
WINTER = datetime(2026, 1, 15, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("created_at", "study", "written", "offset"),
    [
        (SUMMER, {"StudyDate": "20260701", "StudyTime": "0955"}, "10:00", "+0200"),
        (WINTER, {"StudyDate": "20260115", "StudyTime": "085501.5"}, "09:00", "+0100"),
        # The study is from before the change of clocks: no offset is true for both times.
        (SUMMER, {"StudyDate": "20260115", "StudyTime": "085500"}, "10:00", None),
        (SUMMER, {"StudyDate": "", "StudyTime": ""}, "10:00", "+0200"),
        (SUMMER, {"TimezoneOffsetFromUTC": "+0000", "StudyDate": "20260115"}, "08:00", "+0000"),
        (SUMMER, {"TimezoneOffsetFromUTC": "-0330"}, "04:30", "-0330"),
    ],
)
def test_content_time_and_offset(created_at: datetime, study: dict[str, str], written: str, offset: str | None) -> None:
    moment, stated = local_moment(created_at, "Europe/Amsterdam", _source(**study))
    assert f"{moment:%H:%M}" == written
    assert stated == offset
    assert moment == created_at


@pytest.mark.parametrize("text", ["", "0200", "+2", "Amsterdam", "+0261", "+9900"])
def test_an_offset_that_is_none_is_not_used(text: str) -> None:
    assert parse_offset(text) is None


def test_offset_with_minutes() -> None:
    zone = parse_offset("-0330")
    assert zone is not None
    assert zone.utcoffset(None) == -timedelta(hours=3, minutes=30)


def test_dicom_spelling() -> None:
    assert (da(SUMMER), tm(SUMMER)) == ("20260701", "080000.000120")
