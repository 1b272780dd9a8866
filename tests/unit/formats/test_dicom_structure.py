"""A data set that breaks off, or in which a length lies, is never taken for one that holds less."""

from collections.abc import Iterator
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pynetdicom.dsutils import decode, encode

from collega.errors import MessageError
from collega.formats.dicom_evidence import read_step_change, reading
from collega.formats.dicom_structure import check_whole
from collega.model.procedure_step import StepSaid
from collega.testing.messages import availability, commitment_request, item, new_step, step_change

pytestmark = pytest.mark.shows("R25")
FORMS = [(True, True), (False, True), (False, False)]
DONE = step_change("COMPLETED", {"1.3.1": ["1.4.1", "1.4.2"], "1.3.2": ["1.4.3"]})


def encoded(dataset: Dataset, form: tuple[bool, bool], *, undefined: bool = False) -> bytes:
    """Encode with sequences of defined or undefined length."""
    for element in dataset.iterall():
        if element.VR == "SQ":
            element.is_undefined_length = undefined
            for one in element.value:
                one.is_undefined_length_sequence_item = undefined
    return encode(dataset, *form) or b""


def is_whole(message: bytes, form: tuple[bool, bool]) -> bool:
    try:
        check_whole(message, is_implicit_vr=form[0], is_little_endian=form[1])
    except MessageError as error:
        return error.code != "unreadable"
    return True


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("undefined", [False, True])
def test_what_is_whole_passes(form: tuple[bool, bool], *, undefined: bool) -> None:
    ended = item(PatientName="A^B", PixelData=b"", PerformedProtocolCodeSequence=[item(CodeValue="1")])
    for dataset in (DONE, new_step("1.2"), availability("1.2", {"1.3": {"1.4": "ONLINE"}}), ended):
        assert is_whole(encoded(dataset, form, undefined=undefined), form)
    assert is_whole(b"", form)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("undefined", [False, True])
def test_what_breaks_off_says_less_only_between_elements(form: tuple[bool, bool], *, undefined: bool) -> None:
    message = encoded(DONE, form, undefined=undefined)
    passed = [length for length in range(len(message)) if is_whole(message[:length], form)]
    assert passed == starts_of_elements(message, form), "within an element, or a list, nothing passes"
    for length in passed:
        assert said(message[:length], form).series is None, "a list is there whole or not at all"


def starts_of_elements(message: bytes, form: tuple[bool, bool]) -> list[int]:
    dataset = decode(BytesIO(message), *form)
    parts = [len(encode(alone(element), *form) or b"") for element in dataset]
    places = [0]
    for part in parts[:-1]:
        places.append(places[-1] + part)
    return places


def alone(element: DataElement) -> Dataset:
    made = Dataset()
    made.add(element)
    return made


def said(message: bytes, form: tuple[bool, bool]) -> StepSaid:
    return reading(read_step_change, decode(BytesIO(message), *form))


@pytest.mark.parametrize("form", FORMS)
def test_no_length_of_a_list_or_an_item_can_lie(form: tuple[bool, bool]) -> None:
    message = encoded(DONE, form)
    places = list(places_of_lengths(message, form))
    assert len(places) == 10, "one list of series, and in each of two a list of images, one of others, and items"
    for place in places:
        for lie in {*range(256), 0xFFFFFFFE}:
            changed = bytearray(message)
            changed[place : place + 4] = lie.to_bytes(4, "little" if form[1] else "big")
            assert bytes(changed) == message or not is_whole(bytes(changed), form)


def places_of_lengths(message: bytes, form: tuple[bool, bool]) -> Iterator[int]:
    order = "little" if form[1] else "big"
    for group, element, head in ((0x0040, 0x0340, 8), (0x0008, 0x1140, 8), (0x0040, 0x0220, 8), (0xFFFE, 0xE000, 4)):
        tag = group.to_bytes(2, order) + element.to_bytes(2, order)  # type: ignore[arg-type] # one of two words
        ahead = head if group != 0xFFFE and not form[0] else 4
        yield from (place + ahead for place in range(len(message)) if message.startswith(tag, place))


@given(
    st.sampled_from(FORMS), st.booleans(), st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=9)), max_size=6)
)
def test_damage_ends_in_a_yes_or_a_no(
    form: tuple[bool, bool], undefined: bool, damage: list[tuple[int, bytes]]
) -> None:
    message = bytearray(encoded(DONE, form, undefined=undefined))
    for place, replacement in damage:
        message[place : place + len(replacement)] = replacement
    assert is_whole(bytes(message), form) in {True, False}


def test_a_value_in_the_place_of_a_list() -> None:
    dataset = commitment_request("1.7", ["1.4"])
    message = bytearray(encoded(dataset, (False, True)))
    place = message.index(b"SQ")
    message[place : place + 2] = b"UN"
    assert not is_whole(bytes(message), (False, True)), "what cannot be walked through is not believed"
