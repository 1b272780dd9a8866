"""A value that nobody can read is a sender's fault, with a status of its own, and never ours."""

from zoneinfo import ZoneInfo

import pytest

from collega.errors import QuarantineError
from collega.formats.dicom_object import read_object
from collega.formats.dicom_write import encode
from collega.testing.synthetic import ct_series

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
pytestmark = [pytest.mark.shows("R31"), pytest.mark.filterwarnings("ignore::UserWarning")]


# Found by the fuzzer: pydicom looks up the name of a character set, and a zero byte in it is an error of another kind.
@pytest.mark.parametrize("character_set", [b"\x00\x02O_IR 192", b"ISO_I\x00 192"])
def test_a_character_set_with_a_zero_byte(character_set: bytes) -> None:
    (one,) = ct_series(1, slices=1, size=8)
    encoded = encode(one)
    assert b"ISO_IR 192" in encoded
    with pytest.raises(QuarantineError) as caught:
        read_object(encoded.replace(b"ISO_IR 192", character_set, 1), AMSTERDAM)
    assert caught.value.code == "not-dicom"
