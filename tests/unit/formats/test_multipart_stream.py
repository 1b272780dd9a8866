"""A body in parts, however it is cut while it comes in: the same parts as when it is whole."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collega.formats.multipart import split
from collega.formats.multipart_stream import PartBegins, PartEnds, PartStream

MARK = "edge"
# What may be taken for a delimiter, and is none.
CONTENT = st.lists(
    st.sampled_from([b"\r\n", b"--edge", b"\r\n--edge", b"--", b"\r", b"x", b"\r\n--edgy", b"edge--", b" "]), max_size=8
).map(b"".join)


def body(parts: list[tuple[bytes, bytes]]) -> bytes:
    inside = b"".join(b"\r\n--edge\r\n" + head + b"\r\n" + content for head, content in parts)
    return b"preamble" + inside + b"\r\n--edge--\r\nepilogue"


def parts_of(content: bytes, sizes: list[int]) -> list[tuple[bytes, bytes]]:
    stream, found, at = PartStream(MARK), [], 0
    for size in [*sizes, len(content)]:
        for piece in stream.feed(content[at : at + size]):
            if isinstance(piece, PartBegins):
                found.append([piece.headers, b""])
            elif not isinstance(piece, PartEnds):
                found[-1][1] += piece
        at += size
    stream.finish()
    return [(head, text) for head, text in found]


def is_content(content: bytes) -> bool:
    """Tell whether the parser of whole bodies finds this content to be one part."""
    try:
        found = split(body([(b"", content)]), MARK)
    except ValueError:
        return False
    whole = body([(b"", content)])
    return [whole[part.start : part.end] for part in found] == [content]


# A busy machine takes its time over an example, and most of these contents are no delimiter.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.lists(CONTENT.filter(is_content), max_size=4), st.lists(st.integers(1, 30), max_size=40))
def test_a_body_has_the_same_parts_however_it_is_cut(contents: list[bytes], sizes: list[int]) -> None:
    heads = [b"", b"Content-Type: application/dicom\r\n"]
    written = [(heads[number % 2], content) for number, content in enumerate(contents)]
    assert parts_of(body(written), sizes) == [(head.removesuffix(b"\r\n"), content) for head, content in written]


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_body_that_is_broken_off_is_known_for_one(cut: int) -> None:
    whole = body([(b"", b"content")]).removesuffix(b"--\r\nepilogue")
    stream = PartStream(MARK)
    list(stream.feed(whole[:-cut]))
    with pytest.raises(ValueError, match="middle of a part"):
        stream.finish()


def test_headers_without_end_are_refused_before_they_fill_the_memory() -> None:
    stream = PartStream(MARK)
    with pytest.raises(ValueError, match="headers without end"):
        [list(stream.feed(b"--edge\r\n" + b"x" * 1000)) for _ in range(100)]


@pytest.mark.parametrize("boundary", ["", "x" * 201])
def test_a_boundary_that_is_none_is_refused(boundary: str) -> None:
    with pytest.raises(ValueError, match="boundary"):
        PartStream(boundary)
