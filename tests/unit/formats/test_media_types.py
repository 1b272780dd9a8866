"""Which form an answer takes, by what is accepted and what is stored (PS3.18 8.7)."""

import pytest

from collega.formats.media_types import accepted, chosen, frame_form, object_form

EXPLICIT, IMPLICIT, JPEG, J2K, MPEG, RLE = (
    f"1.2.840.10008.1.2{tail}" for tail in (".1", "", ".4.50", ".4.90", ".4.100", ".5")
)
DICOM = 'multipart/related; type="application/dicom"'


@pytest.mark.parametrize(
    ("accept", "stored", "alone", "expected"),
    [
        ("", EXPLICIT, False, (EXPLICIT, True, True)),
        ("*/*", JPEG, False, (EXPLICIT, False, True)),
        ("*/*", JPEG, True, (EXPLICIT, False, True)),
        (DICOM, IMPLICIT, False, (EXPLICIT, False, True)),
        (f"{DICOM}; transfer-syntax=*", JPEG, False, (JPEG, True, True)),
        (f"{DICOM}; transfer-syntax={J2K}", JPEG, False, None),
        (f"{DICOM}; transfer-syntax={J2K}, {DICOM}; q=0.5", JPEG, False, (EXPLICIT, False, True)),
        (f"{DICOM}; transfer-syntax={JPEG};q=.2, {DICOM}", JPEG, False, (EXPLICIT, False, True)),
        (DICOM, MPEG, False, None),
        ("multipart/related; type=application/dicom; transfer-syntax=*", MPEG, False, (MPEG, True, True)),
        ("application/dicom; transfer-syntax=*", JPEG, True, (JPEG, True, False)),
        ("application/dicom", EXPLICIT, False, None),
        ("multipart/related", EXPLICIT, False, (EXPLICIT, True, True)),
        ("application/dicom+json", EXPLICIT, True, None),
        ("text/html, */*;q=0", EXPLICIT, True, None),
        ('multipart/related; type="image/jpeg"', JPEG, True, None),
    ],
)
def test_objects_are_given_as_stored_or_explicit(
    accept: str, stored: str, alone: bool, expected: tuple[str, bool, bool] | None
) -> None:
    form = object_form(accepted([accept]), stored, alone=alone)
    assert (form and (form.syntax, form.as_stored, form.is_multipart)) == expected


@pytest.mark.parametrize(
    ("accept", "stored", "expected"),
    [
        ("", EXPLICIT, ("application/octet-stream", EXPLICIT, True)),
        ("*/*", JPEG, ("application/octet-stream", EXPLICIT, True)),
        ("application/octet-stream", IMPLICIT, ("application/octet-stream", EXPLICIT, False)),
        ('multipart/related; type="application/octet-stream"', J2K, ("application/octet-stream", EXPLICIT, True)),
        ('multipart/related; type="image/jpeg"', JPEG, ("image/jpeg", JPEG, True)),
        ('multipart/related; type="image/*"', J2K, ("image/jp2", J2K, True)),
        ('multipart/related; type="image/jp2"', JPEG, None),
        ('multipart/related; type="*/*"; transfer-syntax=*', JPEG, ("image/jpeg", JPEG, True)),
        ('multipart/related; type="image/x-dicom-rle"', RLE, ("image/dicom-rle", RLE, True)),
        ("*/*", MPEG, None),
    ],
)  # fmt: skip
def test_frames_are_given_compressed_where_that_is_accepted(
    accept: str, stored: str, expected: tuple[str, str, bool] | None
) -> None:
    form = frame_form(accepted([accept]), stored, alone=True)
    assert (form and (form.kind, form.syntax, form.is_multipart)) == expected


def test_the_query_parameter_goes_before_the_header() -> None:
    assert chosen(accepted(["image/png"], "image/jpeg"), ("image/jpeg", "image/png")) == "image/jpeg"
    assert chosen(accepted(["image/*;q=0.1, image/png"]), ("image/jpeg", "image/png")) == "image/png"
    assert chosen(accepted(["text/html"]), ("image/jpeg",)) is None
