"""Bodies of several parts: what is written is read, and what is broken is told so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.formats.multipart import MOST_PARTS, closing, media_type, part_head, split

BOUNDARY = "a-b"
# Contents that resemble what stands around them.
CONTENT = st.one_of(
    st.binary(max_size=40),
    st.lists(st.sampled_from([b"\r\n", b"--a-b", b"--a-bc", b"--", b"x", b"\n", b" "]), max_size=9).map(b"".join),
)


def is_clean(content: bytes) -> bool:
    """Whether a sender may choose this boundary for this content (RFC 2046 5.1.1)."""
    return b"--a-b" not in content.replace(b"--a-bc", b"")


@given(st.lists(CONTENT.filter(is_clean), max_size=6))
def test_what_is_written_is_read(contents: list[bytes]) -> None:
    heads = [part_head(BOUNDARY, "file", "application/dicom", f"{number}.dcm") for number in range(len(contents))]
    body = b"".join(head + content for head, content in zip(heads, contents, strict=True)) + closing(BOUNDARY)
    found = split(body, BOUNDARY)
    assert [body[part.start : part.end] for part in found] == contents
    assert [part.filename for part in found] == [f"{number}.dcm" for number in range(len(contents))]
    assert {part.content_type for part in found} <= {"application/dicom"}


@given(st.binary(max_size=200))
def test_whatever_comes_is_read_or_refused(noise: bytes) -> None:
    for body in (noise, b"--a-b\r\n" + noise, b"--a-b\r\n\r\n" + noise + b"\r\n--a-b--"):
        try:
            found = split(body, BOUNDARY)
        except ValueError:
            continue
        assert all(0 <= part.start <= part.end <= len(body) for part in found)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "ends in the middle"),
        (b"--a-b\r\n\r\nhalf", "ends in the middle"),
        (b"--a-b\r\n\r\nhalf\r\n--a-b", "ends in the middle"),
        (b"--a-b\r\nContent-Type: x", "headers without end"),
        (b"--a-b\r\n" + b"X: y\r\n" * 9000 + b"\r\n\r\n--a-b--", "headers without end"),
        (b"--a-b\r\n\r\n" * (MOST_PARTS + 2) + b"--a-b--", "more than 5000 parts"),
    ],
)
def test_a_body_that_is_broken(body: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        split(body, BOUNDARY)


@pytest.mark.parametrize("boundary", ["", "x" * 71])
def test_a_boundary_that_is_none(boundary: str) -> None:
    with pytest.raises(ValueError, match="no boundary"):
        split(b"", boundary)


def test_what_stands_before_the_first_part_is_no_part() -> None:
    body = b'preamble\r\n--a-b  \r\nContent-Disposition: x;\r\n filename="f.txt"\r\n\r\nyes\r\n--a-b--epilogue'
    (part,) = split(body, BOUNDARY)
    assert (body[part.start : part.end], part.filename) == (b"yes", "f.txt")


@pytest.mark.parametrize(
    ("written", "kind", "parameters"),
    [
        ("application/json", "application/json", {}),
        ('Multipart/Mixed; Boundary="a b"; x=1', "multipart/mixed", {"boundary": "a b", "x": "1"}),
        ("", "", {}),
        ("nonsense", "text/plain", {}),
    ],
)
def test_a_content_type(written: str, kind: str, parameters: dict[str, str]) -> None:
    assert media_type(written) == (kind, parameters)
