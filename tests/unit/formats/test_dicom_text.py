import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from collega.formats.dicom_text import spell, spell_dataset


@pytest.mark.parametrize(
    ("text", "character_set", "spelled"),
    [
        ("café ≥ 50", "ISO_IR 192", "café ≥ 50"),
        ("café", "ISO_IR 100", "café"),
        ("café ≥ 50", "ISO_IR 100", "cafe >= 50"),
        ("café", "", "cafe"),
        ("coëfficiënt", "ISO_IR 6", "coefficient"),
        ("日", "ISO_IR 100", "?"),
        ("plain", "NO SUCH SET", "plain"),
    ],
)
def test_words_are_spelled_with_the_letters_there_are(text: str, character_set: str, spelled: str) -> None:
    assert spell(text, character_set) == spelled


@given(text=st.text(), character_set=st.sampled_from(["", "ISO_IR 6", "ISO_IR 100", "ISO_IR 101"]))
def test_what_is_spelled_can_be_encoded(text: str, character_set: str) -> None:
    encoding = {"ISO_IR 100": "latin_1", "ISO_IR 101": "iso8859_2"}.get(character_set, "ascii")
    spell(text, character_set).encode(encoding)


def test_nested_texts_are_spelled_too() -> None:
    outer, inner = Dataset(), Dataset()
    inner.CodeMeaning = "café"
    outer.ConceptNameCodeSequence = [inner]
    spell_dataset(outer, "ISO_IR 6")
    assert inner.CodeMeaning == "cafe"
